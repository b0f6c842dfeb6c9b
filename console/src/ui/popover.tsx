import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import "./button.css";
import "./menu.css";

interface PopoverProps {
  /** What the button says; a string is also its accessible name. */
  readonly trigger: ReactNode;
  /** The button's accessible name, where `trigger` does not say it. */
  readonly label?: string;
  readonly className?: string;
  /** Aligned with the button's end. */
  readonly end?: boolean;
  readonly role?: "dialog" | "menu";
  readonly padded?: boolean;
  readonly onKeyDown?: (event: KeyboardEvent<HTMLDivElement>) => void;
  readonly children: ReactNode | ((close: () => void) => ReactNode);
}

/**
 * A button and what it opens under itself. The platform closes it at Escape and at a press outside, keeps it above
 * everything and gives the focus back to the button.
 */
export const Popover = ({
  trigger,
  label,
  className = "button",
  end = false,
  role = "dialog",
  padded = true,
  onKeyDown,
  children,
}: PopoverProps) => {
  const id = useId();
  const popup = useRef<HTMLDivElement>(null);
  const [isOpen, setIsOpen] = useState(false);
  const button = `${id}-button`;
  const close = (): void => popup.current?.hidePopover();
  useEffect(() => {
    if (!isOpen) return;
    const first = popup.current?.querySelector(
      '[data-first], [aria-checked="true"], [role^="menuitem"], input, select, button, a',
    );
    if (first instanceof HTMLElement) first.focus();
  }, [isOpen]);
  return (
    <>
      <button
        type="button"
        id={button}
        className={className}
        popoverTarget={id}
        aria-haspopup={role}
        aria-expanded={isOpen}
        aria-label={label}
      >
        {trigger}
      </button>
      <div
        ref={popup}
        id={id}
        popover="auto"
        role={isOpen ? role : undefined}
        aria-labelledby={button}
        className={`popup${end ? " end" : ""}${padded ? " padded" : ""}`}
        onToggle={(event) => setIsOpen(event.newState === "open")}
        onKeyDown={onKeyDown}
        tabIndex={-1}
      >
        {isOpen ? (typeof children === "function" ? children(close) : children) : null}
      </div>
    </>
  );
};
