/** Shown while the first answer is on its way. */
export const Loading = ({ what }: { readonly what: string }) => (
  <p className="quiet" role="status">
    Loading {what}…
  </p>
);
