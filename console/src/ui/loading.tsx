import "./loading.css";

/** Keeps the place of what is on its way; `rows` is about how many lines that will be. */
export const Loading = ({ what, rows = 4 }: { readonly what: string; readonly rows?: number }) => (
  <div className="loading" role="status">
    <span className="unseen">Loading {what}…</span>
    {Array.from({ length: rows }, (_, row) => (
      <i key={row} aria-hidden="true" />
    ))}
  </div>
);
