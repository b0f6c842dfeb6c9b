/** Lines for a terminal, to copy whole. */
export const Commands = ({ lines, label }: { readonly lines: readonly string[]; readonly label: string }) => (
  <pre className="commands" aria-label={label} tabIndex={0}>
    <code>{lines.join("\n")}</code>
  </pre>
);
