import type { ReactNode } from "react";
import { Link, useLocation } from "react-router";
import "./tabs.css";

export interface Tab {
  readonly to: string;
  readonly label: ReactNode;
  /** Addresses below this one belong to it too; absent: only its own. */
  readonly under?: string;
}

/** Parts of a page, each with an address of its own; so they are links and not `role=tab`. */
export const Tabs = ({ label, tabs }: { readonly label: string; readonly tabs: readonly Tab[] }) => {
  const { pathname } = useLocation();
  return (
    <nav className="tabs no-print" aria-label={label} data-keeps-focus>
      {tabs.map(({ to, label, under }) => {
        const isCurrent = pathname === to || (under !== undefined && `${pathname}/`.startsWith(`${under}/`));
        return (
          <Link key={to} to={to} aria-current={isCurrent ? "page" : undefined}>
            {label}
          </Link>
        );
      })}
    </nav>
  );
};
