import { Link } from "react-router";

export interface Crumb {
  readonly to: string;
  readonly label: string;
}

/** The way from the top to the page that is shown, without itself. */
export const Breadcrumb = ({ crumbs }: { readonly crumbs: readonly Crumb[] }) => (
  <nav aria-label="Where you are" className="no-print">
    <ol className="crumbs">
      {crumbs.map(({ to, label }) => (
        <li key={to}>
          <Link to={to}>{label}</Link>
        </li>
      ))}
    </ol>
  </nav>
);
