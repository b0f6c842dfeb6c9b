import { valueFacts, type Notice, type Value } from "@keyroll/pairs";

/** Signs that no eye sees, by name. */
const unseen: readonly (readonly [RegExp, string, string])[] = [
  [/\u00A0/u, "no-break-space", "holds a no-break space (U+00A0), which looks like a blank"],
  [/[\u200B-\u200D\u2060\uFEFF]/u, "zero-width", "holds a character without width, such as U+200B"],
  [/[\u2018\u2019\u201C\u201D]/u, "curly-quotes", "holds curly quotes, which text programs make of straight ones"],
  [/[\u2013\u2014]/u, "long-dash", "holds a long dash, which text programs make of two hyphens"],
  [/[\u202A-\u202E\u2066-\u2069]/u, "direction", "holds a mark that changes the direction of the text"],
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  [/[\u0001-\u0008\u000B\u000C\u000E-\u001F\u007F]/u, "control", "holds a control character"],
];

/** What people overlook in a value: line ends, blanks at its ends, signs that no eye sees, JSON that is none. */
export const valueNotes = (value: Value): Notice[] => {
  const notes: Notice[] = [];
  const say = (id: string, message: string): void => void notes.push({ id, message });
  const facts = valueFacts(value);
  if (facts.empty) say("empty", "is empty");
  if (facts.nul) say("nul", "holds a NUL byte: no environment variable can, only a mounted file");
  if (typeof value !== "string") return notes;
  if (value.includes("\r\n")) say("crlf", "has line ends of Windows (CRLF)");
  else if (value.includes("\r")) say("cr", "holds a carriage return");
  if (value.endsWith("\n")) say("final-newline", "ends with a line end");
  else if (/[ \t]$/u.test(value)) say("final-blank", "ends with a blank");
  if (/^\s/u.test(value)) say("first-blank", "begins with a blank or a line end");
  for (const [pattern, id, message] of unseen) if (pattern.test(value)) say(id, message);
  if (!value.isWellFormed()) say("half-character", "has half of a surrogate pair, which UTF-8 cannot hold");
  if (/^\s*[{[]/u.test(value)) {
    try {
      JSON.parse(value);
      say("json", "is valid JSON");
    } catch {
      say("not-json", "begins like JSON and is not valid JSON");
    }
  }
  return notes;
};

/** Notes that are no doubt, only information. */
export const isGoodNote = (note: Notice): boolean => note.id === "json";

/** What can be mended with one press, and the mended text. */
export const mend = (text: string, id: string): string | null => {
  switch (id) {
    case "crlf":
      return text.replaceAll("\r\n", "\n");
    case "final-newline":
      return text.replace(/\n+$/u, "");
    case "final-blank":
      return text.replace(/[ \t]+$/u, "");
    case "first-blank":
      return text.replace(/^\s+/u, "");
    case "no-break-space":
      return text.replaceAll("\u00A0", " ");
    case "zero-width":
      return text.replaceAll(/[\u200B-\u200D\u2060\uFEFF]/gu, "");
    default:
      return null;
  }
};

/** `92 B`, `3.1 KB`: thousands, as the limits of stores are told. */
export const sizeText = (bytes: number): string => {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 10_000) return `${Math.floor(bytes / 1000)},${String(bytes % 1000).padStart(3, "0")} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} KB`;
  return `${(bytes / 1_000_000).toFixed(2)} MB`;
};

/** `92 B`, and the number of lines when there are several. */
export const sizeAndLines = ({ bytes, lines }: { readonly bytes: number; readonly lines: number }): string =>
  lines > 1 ? `${sizeText(bytes)}, ${lines} lines` : sizeText(bytes);
