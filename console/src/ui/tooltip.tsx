import { useEffect, useRef, type ReactNode } from "react";
import "./tooltip.css";

interface TooltipProps {
  readonly text: string;
  readonly children: ReactNode;
}

/** Milliseconds that the pointer rests before the words come. */
const rest = 400;

/**
 * Words under a control, when the pointer rests on it or the keyboard reaches it; Escape takes them away. They repeat
 * the control's accessible name, so they are hidden from assistive technology.
 */
export const Tooltip = ({ text, children }: TooltipProps) => {
  const around = useRef<HTMLSpanElement>(null);
  const bubble = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const [host, tip] = [around.current, bubble.current];
    const control = host?.firstElementChild;
    if (host === null || tip === null || !(control instanceof HTMLElement)) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = (): void => {
      if (tip.isConnected && !tip.matches(":popover-open")) tip.showPopover({ source: control });
    };
    const hide = (): void => {
      clearTimeout(timer);
      if (tip.isConnected && tip.matches(":popover-open")) tip.hidePopover();
    };
    const heard = new AbortController();
    const on = (name: string, listener: (event: Event) => void): void =>
      host.addEventListener(name, listener, { signal: heard.signal });
    on("pointerenter", (event) => {
      if (event instanceof PointerEvent && event.pointerType === "mouse") timer = setTimeout(show, rest);
    });
    on("pointerleave", hide);
    on("pointerdown", hide);
    on("focusin", () => {
      if (control.matches(":focus-visible")) show();
    });
    on("focusout", hide);
    on("keydown", (event) => {
      if (event instanceof KeyboardEvent && event.key === "Escape" && tip.matches(":popover-open")) {
        event.stopPropagation();
        hide();
      }
    });
    return () => {
      heard.abort();
      hide();
    };
  }, []);
  return (
    <span ref={around} className="tooltip-host">
      {children}
      <span ref={bubble} className="tooltip" popover="manual" aria-hidden="true">
        {text}
      </span>
    </span>
  );
};
