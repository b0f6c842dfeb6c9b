import { createContext, use, type KeyboardEvent, type ReactNode } from "react";
import { Link } from "react-router";
import { Icon, type IconName } from "./icon.tsx";
import { Popover } from "./popover.tsx";

const Close = createContext<() => void>(() => undefined);

/** Arrow keys, Home, End and first letters move between the items. */
const move = (event: KeyboardEvent<HTMLDivElement>): void => {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role^="menuitem"]')];
  const at = items.findIndex((item) => item === document.activeElement);
  const next = (() => {
    if (event.key === "ArrowDown") return items[(at + 1) % items.length];
    if (event.key === "ArrowUp") return items.at(at <= 0 ? -1 : at - 1);
    if (event.key === "Home") return items[0];
    if (event.key === "End") return items.at(-1);
    if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey || event.altKey) return undefined;
    const letter = event.key.toLowerCase();
    const begins = (item: HTMLElement): boolean => item.textContent.trim().toLowerCase().startsWith(letter);
    return items.slice(at + 1).find(begins) ?? items.find(begins);
  })();
  if (event.key === "Tab") event.currentTarget.hidePopover();
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
};

interface MenuProps {
  readonly trigger: ReactNode;
  readonly label?: string;
  readonly className?: string;
  readonly end?: boolean;
  readonly children: ReactNode;
}

/** A button with a list of things to do or places to go. */
export const Menu = ({ children, ...rest }: MenuProps) => (
  <Popover {...rest} role="menu" padded={false} onKeyDown={move}>
    {(close) => <Close value={close}>{children}</Close>}
  </Popover>
);

interface ItemProps {
  readonly icon?: IconName;
  readonly isDangerous?: boolean;
  /** Why it cannot be chosen now. */
  readonly reason?: string | null;
  readonly onSelect: () => void;
  readonly children: ReactNode;
}

export const MenuItem = ({ icon, isDangerous = false, reason = null, onSelect, children }: ItemProps) => {
  const close = use(Close);
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      className={`menu-item${isDangerous ? " danger" : ""}`}
      aria-disabled={reason !== null || undefined}
      title={reason ?? undefined}
      onClick={() => {
        if (reason !== null) return;
        // First closed, so that a dialog which opens now remembers the menu's button as the place to return to.
        close();
        onSelect();
      }}
    >
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
    </button>
  );
};

interface LinkItemProps {
  readonly to: string;
  readonly isCurrent?: boolean;
  readonly children: ReactNode;
}

export const MenuLink = ({ to, isCurrent = false, children }: LinkItemProps) => {
  const close = use(Close);
  return (
    <Link
      to={to}
      role="menuitem"
      tabIndex={-1}
      className="menu-item"
      aria-current={isCurrent || undefined}
      onClick={close}
    >
      <span className="mark">{isCurrent ? <Icon name="check" /> : null}</span>
      {children}
    </Link>
  );
};

interface ChoiceProps {
  readonly isChosen: boolean;
  readonly onSelect: () => void;
  readonly children: ReactNode;
}

/** One of a few, such as the theme; the menu stays open. */
export const MenuChoice = ({ isChosen, onSelect, children }: ChoiceProps) => (
  <button
    type="button"
    role="menuitemradio"
    aria-checked={isChosen}
    tabIndex={-1}
    className="menu-item"
    onClick={onSelect}
  >
    <span className="mark">{isChosen ? <Icon name="check" /> : null}</span>
    {children}
  </button>
);

export const MenuGroup = ({ label, children }: { readonly label: string; readonly children: ReactNode }) => (
  <div role="group" aria-label={label}>
    <div className="menu-group" aria-hidden="true">
      {label}
    </div>
    {children}
  </div>
);

export const MenuLine = () => <hr className="menu-line" />;
