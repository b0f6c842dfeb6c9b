import type { Problem } from "../problem.ts";
import { isShellName } from "../keys.ts";
import type { Value } from "../values.ts";

const plain = /^[A-Za-z0-9_./:@%+,=-]+$/u;

/**
 * One value in the quoting that npm dotenv, Docker Compose and a POSIX shell all read back exactly, or null when
 * there is none: single quotes hold everything but a single quote; double quotes hold a single quote when nothing
 * is in the value that one of the three would interpret.
 */
const quoted = (value: string): string | null => {
  if (value === "") return "''";
  if (plain.test(value)) return value;
  // dotenv takes a backslash before the closing quote for an escape, and reads on into the next line.
  if (!value.includes("'") && !value.includes("\r") && !value.endsWith("\\")) return `'${value}'`;
  return /["$`\\\r]/u.test(value) ? null : `"${value}"`;
};

/** Double quotes with escapes: read back by Keyroll's own parser whatever the text is, and by few others. */
const escaped = (value: string): string =>
  `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\r", "\\r")}"`;

/**
 * Prints pairs as .env text. `for: "any"` (default) is read back exactly by npm dotenv, Docker Compose and a POSIX
 * shell; keys that no quoting can carry through all three are refused by name. `for: "keyroll"` carries every text.
 * Binary values and NUL are refused in both: JSON holds them.
 */
export const printDotenv = (
  pairs: Iterable<readonly [string, Value]>,
  options: { readonly for?: "any" | "keyroll" } = {},
): { readonly text: string; readonly refused: readonly Problem[] } => {
  const lines: string[] = [];
  const refused: Problem[] = [];
  const any = options.for !== "keyroll";
  for (const [key, value] of pairs) {
    const refuse = (rule: string, why: string): void => {
      refused.push({ rule, key, message: `\`${key}\` ${why}` });
    };
    if (typeof value !== "string") refuse("binary", "is binary: .env is text. Export it as JSON.");
    else if (value.includes("\0")) refuse("nul", "holds a NUL byte: .env cannot. Export it as JSON.");
    else if (any && !isShellName(key))
      refuse("not-a-shell-name", "is not a shell name: a shell cannot read it. Export it as JSON.");
    else {
      const text = quoted(value) ?? (any ? null : escaped(value));
      if (text === null)
        refuse(
          "no-common-quoting",
          "has quotes, backslashes or dollars in a mix that dotenv, Compose and shells read differently. Export it as JSON.",
        );
      else lines.push(`${key}=${text}`);
    }
  }
  return { text: lines.length === 0 ? "" : `${lines.join("\n")}\n`, refused };
};
