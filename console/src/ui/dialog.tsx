import { useId, useLayoutEffect, useRef, type ReactNode } from "react";
import { createPortal } from "react-dom";
import { IconButton } from "./icon-button.tsx";
import "./dialog.css";

interface DialogProps {
  readonly title: ReactNode;
  /** Escape, and the cross. Without it the dialog has to be answered. */
  readonly onClose?: () => void;
  readonly wide?: boolean;
  readonly role?: "dialog" | "alertdialog";
  readonly describedBy?: string;
  readonly children: ReactNode;
}

/**
 * A modal dialog; show it by rendering it. The platform keeps the focus inside, everything else inert, and gives the
 * focus back. What carries `data-first` gets the focus, else the first control.
 */
export const Dialog = ({ title, onClose, wide = false, role = "dialog", describedBy, children }: DialogProps) => {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const close = useRef(onClose);
  // At once: an Escape may come before the page has been drawn anew.
  useLayoutEffect(() => {
    close.current = onClose;
  });
  useLayoutEffect(() => {
    const dialog = element.current;
    if (dialog === null) return undefined;
    const before = document.activeElement;
    dialog.showModal();
    const first =
      dialog.querySelector("[data-first]") ??
      dialog.querySelector(".dialog-body :is(input, select, textarea, button, a)");
    if (first instanceof HTMLElement) first.focus();
    const heard = new AbortController();
    const { signal } = heard;
    dialog.addEventListener(
      "cancel",
      (event) => {
        if (event.target !== dialog) return;
        event.preventDefault();
        close.current?.();
      },
      { signal },
    );
    // A second Escape in a row closes it whatever a page says; then the page agrees.
    dialog.addEventListener("close", () => close.current?.(), { signal });
    return () => {
      heard.abort();
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  // At the end of the page: a form in a dialog is never a form in a form.
  return createPortal(
    <dialog
      ref={element}
      className={`dialog${wide ? " wide" : ""}`}
      role={role}
      {...(onClose === undefined ? { closedby: "none" } : {})}
      onSubmit={(event) => event.stopPropagation()}
      aria-labelledby={heading}
      aria-describedby={describedBy}
    >
      <div className="dialog-head">
        <h2 id={heading}>{title}</h2>
        {onClose === undefined ? null : <IconButton label="Close" icon="close" small onClick={onClose} />}
      </div>
      <div className="dialog-body">{children}</div>
    </dialog>,
    document.body,
  );
};
