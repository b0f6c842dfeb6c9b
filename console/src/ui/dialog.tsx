import { createContext, use, useId, useLayoutEffect, useRef, type ReactNode } from "react";
import { createPortal } from "react-dom";
import { Button, type ButtonKind } from "./button.tsx";
import { IconButton } from "./icon-button.tsx";
import "./dialog.css";

interface DialogProps {
  readonly title: ReactNode;
  /** Escape, the cross and `Cancel`. Without it the dialog has to be answered. */
  readonly onClose?: () => void;
  /** It is at work on what was asked for: nothing closes it, or nobody would learn how that ended. */
  readonly busy?: boolean;
  readonly wide?: boolean;
  readonly role?: "dialog" | "alertdialog";
  readonly describedBy?: string;
  readonly children: ReactNode;
}

/** What leaves the dialog around; null: it is at work. */
const Leave = createContext<(() => void) | null>(null);

interface CancelProps {
  readonly kind?: ButtonKind;
  readonly children?: ReactNode;
  readonly "data-first"?: boolean;
}

/** The button that leaves the dialog around it, and holds still while that is at work. */
export const Cancel = ({ children = "Cancel", ...rest }: CancelProps) => {
  const leave = use(Leave);
  return (
    <Button {...rest} reason={leave === null ? "It is at work." : null} onClick={() => leave?.()}>
      {children}
    </Button>
  );
};

/**
 * A modal dialog; show it by rendering it. The platform keeps the focus inside, everything else inert, and gives the
 * focus back. What carries `data-first` gets the focus, else the first control.
 */
export const Dialog = ({
  title,
  onClose,
  busy = false,
  wide = false,
  role = "dialog",
  describedBy,
  children,
}: DialogProps) => {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const leave = busy ? undefined : onClose;
  const close = useRef(leave);
  // At once: an Escape may come before the page has been drawn anew.
  useLayoutEffect(() => {
    close.current = leave;
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
      {...(leave === undefined ? { closedby: "none" } : {})}
      onSubmit={(event) => event.stopPropagation()}
      aria-labelledby={heading}
      aria-describedby={describedBy}
    >
      <div className="dialog-head">
        <h2 id={heading}>{title}</h2>
        {leave === undefined ? null : <IconButton label="Close" icon="close" small onClick={leave} />}
      </div>
      <div className="dialog-body">
        <Leave value={leave ?? null}>{children}</Leave>
      </div>
    </dialog>,
    document.body,
  );
};
