import type { ReactNode } from "react";
import "./loading.css";

/** There is nothing yet: says so, and what to do about it. */
export const Empty = ({ title, children }: { readonly title: string; readonly children?: ReactNode }) => (
  <div className="empty">
    <strong>{title}</strong>
    {children}
  </div>
);
