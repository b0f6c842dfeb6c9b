import type { ButtonHTMLAttributes, Ref } from "react";
import { Icon, type IconName } from "./icon.tsx";
import { Tooltip } from "./tooltip.tsx";
import "./button.css";

interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "type" | "children"> {
  /** What it does, also as its tooltip. */
  readonly label: string;
  readonly icon: IconName;
  readonly small?: boolean;
  readonly ref?: Ref<HTMLButtonElement>;
}

export const IconButton = ({ label, icon, small = false, ...rest }: IconButtonProps) => (
  <Tooltip text={label}>
    <button {...rest} type="button" className={`button plain icon-only${small ? " small" : ""}`} aria-label={label}>
      <Icon name={icon} />
    </button>
  </Tooltip>
);
