/** A text as an editor of the browser holds it: simple line ends only, with what they stand for beside it. */
export interface Text {
  readonly text: string;
  readonly ends: "lf" | "crlf";
  /** The text as it came, where the editor cannot hold it (lone or mixed carriage returns); null once it is edited. */
  readonly exact: string | null;
}

/** For the editor. Line ends that are all CRLF come back as such; others only as long as nothing is edited. */
export const textOf = (value: string): Text => {
  if (!value.includes("\r")) return { text: value, ends: "lf", exact: null };
  const text = value.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
  const isCrlf = text.replaceAll("\n", "\r\n") === value;
  return { text, ends: isCrlf ? "crlf" : "lf", exact: isCrlf ? null : value };
};

export const valueOf = ({ text, ends, exact }: Text): string =>
  exact ?? (ends === "crlf" ? text.replaceAll("\n", "\r\n") : text);
