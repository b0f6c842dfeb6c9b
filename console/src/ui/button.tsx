import { use, type ButtonHTMLAttributes, type ReactNode, type Ref } from "react";
import { Link } from "react-router";
import { FormState } from "./form.tsx";
import { Icon, type IconName } from "./icon.tsx";
import "./button.css";

export type ButtonKind = "main" | "plain" | "danger" | "danger main" | "plain danger";

type ButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, "type"> & {
  readonly kind?: ButtonKind;
  readonly small?: boolean;
  readonly icon?: IconName;
  readonly ref?: Ref<HTMLButtonElement>;
} & (Held | Submits);

interface Held {
  readonly submit?: false;
  /** It is at work: not to be pressed again, and it says so. */
  readonly busy?: boolean;
  /** Why it cannot be pressed. It then stays in the order of focus and tells the reason. */
  readonly reason?: string | null;
}

/** It sends the form around it, which holds it back as it holds back Enter. */
interface Submits {
  readonly submit: true;
  readonly busy?: never;
  readonly reason?: never;
}

const classes = (kind: ButtonKind | undefined, small: boolean, more = ""): string =>
  ["button", kind, small ? "small" : "", more].filter(Boolean).join(" ");

export const Button = ({
  kind,
  small = false,
  icon,
  submit = false,
  busy: ownBusy = false,
  reason: ownReason = null,
  children,
  className,
  onClick,
  disabled = false,
  ...rest
}: ButtonProps) => {
  const form = use(FormState);
  const { busy, reason } = submit ? form : { busy: ownBusy, reason: ownReason };
  const isBlocked = busy || reason !== null;
  return (
    <button
      {...rest}
      type={submit && !isBlocked ? "submit" : "button"}
      className={classes(kind, small, className)}
      disabled={disabled}
      aria-disabled={isBlocked || undefined}
      title={reason ?? rest.title}
      onClick={isBlocked ? undefined : onClick}
    >
      {busy ? <span className="spinner" aria-hidden="true" /> : icon === undefined ? null : <Icon name={icon} />}
      {children}
    </button>
  );
};

interface ButtonLinkProps {
  readonly to: string;
  readonly kind?: ButtonKind;
  readonly small?: boolean;
  readonly icon?: IconName;
  readonly children: ReactNode;
}

/** A link that looks like a button: it goes somewhere and changes nothing. */
export const ButtonLink = ({ to, kind, small = false, icon, children }: ButtonLinkProps) => (
  <Link to={to} className={classes(kind, small)}>
    {icon === undefined ? null : <Icon name={icon} />}
    {children}
  </Link>
);
