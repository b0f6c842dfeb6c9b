import { readFlow } from "./flow.ts";
import { notPlain, plainKey, plainScalar } from "./scalar.ts";

const entry = /^(?:([A-Za-z_][A-Za-z0-9_./-]*)|"([^"\\]*)"|'([^']*)'):(?: +(.*))?$/u;
const double = /^"([^"\\]*)"(?: +#.*)?$/u;
const single = /^'((?:[^']|'')*)'(?: +#.*)?$/u;
const literal = /^\|(-?)(?: +#.*)?$/u;

const indentOf = (line: string): number => {
  let indent = 0;
  while (line.charCodeAt(indent) === 32) indent += 1;
  return indent;
};
/** Without white space at its end, which few lines have. */
const withoutEnd = (line: string): string => {
  const last = line.charCodeAt(line.length - 1);
  return last > 32 && last < 127 ? line : line.trimEnd();
};
/** Where what stands behind this place begins. */
const textFrom = (line: string, start: number): number => {
  let at = start;
  while (line.charCodeAt(at) === 32) at += 1;
  return at;
};
/** Where an ordinary key ends; -1: it is none, or one in quotes. */
const keyEnd = (line: string, indent: number): number => {
  let at = indent;
  for (; at < line.length; at++) {
    const code = line.charCodeAt(at);
    const isLetter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
    // Digits, dot, slash and dash, but not first.
    if (!isLetter && (at === indent || !((code >= 48 && code <= 57) || (code >= 45 && code <= 47)))) break;
  }
  const isKey = line.charCodeAt(at) === 58 && (at + 1 === line.length || line.charCodeAt(at + 1) === 32);
  return isKey ? at : -1;
};
const isItem = (line: string, indent: number): boolean =>
  line.charCodeAt(indent) === 45 && (line.length === indent + 1 || line.charCodeAt(indent + 1) === 32);

/** Where the values behind a key went, by the number of the line, and where in the line they begin. */
export interface Places {
  readonly maps: (Record<string, unknown> | undefined)[];
  readonly keys: (string | undefined)[];
  readonly starts: (number | undefined)[];
}

/** Whether there is something in it that this file knows nothing of. */
export const isOdd = (text: string): boolean =>
  text.includes("\r") || text.includes("\uFEFF") || text.includes("\u2028") || text.includes("\u0085");

/** What a scalar behind `key:` means that ends with its line, quoted or not. @throws `notPlain` */
export const readScalar = (text: string): unknown => {
  if (text[0] === '"' || text[0] === "'") {
    const [, body] = (text[0] === '"' ? double : single).exec(text) ?? [];
    if (body === undefined) throw notPlain;
    return text[0] === '"' ? body : body.replaceAll("''", "'");
  }
  if (/^[>&*!%@`?:,\]}#]|^-(?: |$)/u.test(text)) throw notPlain;
  const cut = text.indexOf(" #");
  const body = (cut < 0 ? text : text.slice(0, cut)).trimEnd();
  if (body.endsWith(":") || body.includes(": ")) throw notPlain;
  return plainScalar(body);
};

/**
 * Reads one document of the YAML that charts render nearly always: block mappings and lists, scalars on one line,
 * literal blocks, short flow collections. It is some forty times faster than a parser that keeps what people wrote.
 * Null: the text is more than that (anchors, tags, folded text, mistakes …) and a full parser must say what it means.
 */
export const readPlainYaml = (text: string, places?: Places): { readonly value: unknown } | null => {
  if (isOdd(text)) return null;
  try {
    return { value: readLines(text.split("\n"), text.includes("\t"), places) };
  } catch (error) {
    if (error === notPlain) return null;
    throw error;
  }
};

const readLines = (lines: string[], hasTabs: boolean, places: Places | undefined): unknown => {
  let at = 0;
  /** The line that was looked at last, and its indentation. */
  let seen = -1;
  let seenIndent = -1;
  /** Indentation of the next line that says something; -1: there is none. */
  const next = (): number => {
    if (at === seen) return seenIndent;
    for (; at < lines.length; at++) {
      // A tab would be indentation here and white space there.
      if (hasTabs && lines[at]?.includes("\t") === true) throw notPlain;
      const line = withoutEnd(lines[at] ?? "");
      const indent = indentOf(line);
      if (indent === line.length || line.charCodeAt(indent) === 35) continue;
      lines[at] = line;
      seen = at;
      seenIndent = indent;
      return indent;
    }
    return -1;
  };
  const lineAt = (): string => lines[at] ?? "";

  /** `outer`: the text belongs to the scalar as long as it stands further right. */
  const block = (outer: number, strip: boolean): string => {
    at += 1;
    const taken: string[] = [];
    let indent = -1;
    let end = 0;
    for (; at < lines.length; at++) {
      const line = lines[at] ?? "";
      const spaces = indentOf(line);
      if (line.charCodeAt(spaces) === 9 && (indent < 0 || spaces <= indent)) throw notPlain;
      if (spaces === line.length && (indent < 0 || spaces <= indent)) {
        if (indent < 0 && spaces > 0) throw notPlain;
        taken.push("");
        continue;
      }
      if (indent < 0) {
        if (spaces <= outer) break;
        indent = spaces;
      }
      if (spaces < indent) break;
      taken.push(line.slice(indent));
      end = taken.length;
    }
    if (end === 0) {
      if (taken.length > 0) throw notPlain;
      return "";
    }
    const body = taken.slice(0, end).join("\n");
    return strip ? body : `${body}\n`;
  };

  /** What stands behind `key:` or `-`; the line is used up. */
  const inline = (text: string, outer: number): unknown => {
    switch (text[0]) {
      case "|": {
        const [, strip] = literal.exec(text) ?? [];
        if (strip === undefined) throw notPlain;
        return block(outer, strip === "-");
      }
      case "[":
      case "{":
        at += 1;
        return readFlow(text);
      default: {
        const value = readScalar(text);
        at += 1;
        return value;
      }
    }
  };
  const isNothing = (text: string): boolean => text === "" || text.startsWith("#");

  const node = (indent: number): unknown => (isItem(lineAt(), indent) ? list(indent) : map(indent));

  const list = (indent: number): unknown[] => {
    const items: unknown[] = [];
    for (;;) {
      const here = next();
      if (here > indent) throw notPlain;
      if (here < indent || !isItem(lineAt(), indent)) return items;
      const line = lineAt();
      const inner = textFrom(line, indent + 1);
      const rest = line.slice(inner);
      if (isNothing(rest)) {
        at += 1;
        const below = next();
        items.push(below > indent ? node(below) : null);
      } else if (isItem(line, inner) || keyEnd(line, inner) > inner || entry.test(rest)) {
        // What follows the dash is looked at as if it stood alone.
        seenIndent = inner;
        items.push(node(inner));
      } else items.push(inline(rest, indent));
    }
  };

  const map = (indent: number): Record<string, unknown> => {
    const found: Record<string, unknown> = {};
    for (;;) {
      const here = next();
      if (here > indent) throw notPlain;
      if (here < indent) return found;
      const line = lineAt();
      const colon = keyEnd(line, indent);
      let key = "";
      let rest = "";
      if (colon > indent) {
        key = plainKey(line.slice(indent, colon));
        rest = line.slice(textFrom(line, colon + 1));
      } else {
        const parts = entry.exec(line.slice(indent));
        if (parts === null) throw notPlain;
        key = plainKey(parts[1] ?? parts[2] ?? parts[3] ?? "");
        rest = parts[4] ?? "";
      }
      if (isNothing(rest)) {
        at += 1;
        const below = next();
        // A list may stand as far left as its key.
        const isBelow = below > indent || (below === indent && isItem(lineAt(), indent));
        found[key] = isBelow ? node(below) : null;
      } else {
        if (places !== undefined) {
          places.maps[at] = found;
          places.keys[at] = key;
          places.starts[at] = line.length - rest.length;
        }
        found[key] = inline(rest, indent);
      }
    }
  };

  const start = next();
  if (start < 0) return null;
  const value = node(start);
  if (next() >= 0) throw notPlain;
  return value;
};
