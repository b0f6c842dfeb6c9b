import type { ReactNode } from "react";
import { Icon, type IconName } from "./icon.tsx";
import "./banner.css";

export type Tone = "plain" | "good" | "warn" | "bad";

const icons: Readonly<Record<Tone, IconName>> = { plain: "info", good: "check", warn: "warning", bad: "warning" };

interface BannerProps {
  readonly tone?: Tone;
  readonly icon?: IconName;
  /** `alert` interrupts, `status` waits its turn; `none` is there from the start and needs no call. */
  readonly role?: "alert" | "status" | "none";
  readonly children: ReactNode;
}

/** Something to know about the page as a whole. */
export const Banner = ({ tone = "plain", icon, role = "status", children }: BannerProps) => (
  <div className={`banner ${tone}`} role={role === "none" ? undefined : role}>
    <Icon name={icon ?? icons[tone]} />
    <div>{children}</div>
  </div>
);
