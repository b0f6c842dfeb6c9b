import { checkKey, isShellName } from "../keys.ts";
import type { Notice, Problem } from "../problem.ts";
import { valueFacts } from "../values.ts";

/** One pair of a .env text. */
export interface DotenvEntry {
  readonly key: string;
  readonly value: string;
  /** Line of its key, from 1. */
  readonly line: number;
  readonly bytes: number;
  readonly lines: number;
  /** A comment behind the value. */
  readonly comment: string | null;
  /** Every transformation and every doubt. */
  readonly notices: readonly Notice[];
}

/** A line that was not taken; the text is not quoted, it may hold a value. */
export interface LineError {
  readonly line: number;
  readonly id: string;
  readonly message: string;
}

export interface DotenvResult {
  readonly entries: readonly DotenvEntry[];
  readonly errors: readonly LineError[];
}

interface Read {
  readonly value: string;
  readonly comment: string | null;
  readonly notices: readonly (readonly [string, string])[];
  /** Index of the character after the last one read. */
  readonly end: number;
}

type Failed = { readonly id: string; readonly message: string; readonly end: number };

const lineEnd = (text: string, from: number): number => {
  const at = text.indexOf("\n", from);
  return at === -1 ? text.length : at;
};

/** Unquoted: up to a comment (space before #) or the line's end; trimmed, otherwise as it stands. */
const readPlain = (text: string, start: number): Read => {
  const end = lineEnd(text, start);
  const raw = text.slice(start, end);
  const notices: [string, string][] = [];
  const comment = /[ \t]#/u.exec(raw);
  const body = comment === null ? raw : raw.slice(0, comment.index);
  const value = body.replace(/[ \t]+$/u, "");
  if (comment === null && value.length < body.length)
    notices.push([
      "trimmed",
      `${body.length - value.length} trailing blanks were dropped; quote the value to keep them`,
    ]);
  if (value.startsWith("#"))
    notices.push([
      "hash-start",
      "the value begins with #: taken as a value; some parsers read a comment and an empty value",
    ]);
  else if (value.includes("#"))
    notices.push(["hash-inside", "the # inside was kept; some parsers cut the value there"]);
  if (/^`.*`$/u.test(value)) notices.push(["backticks", "the backticks were kept; some parsers strip them"]);
  return { value, comment: comment === null ? null : raw.slice(comment.index + 2).trim(), notices, end };
};

const afterQuote = (text: string, from: number): { comment: string | null; end: number } | null => {
  const end = lineEnd(text, from);
  const rest = text.slice(from, end).trim();
  if (rest === "") return { comment: null, end };
  return rest.startsWith("#") ? { comment: rest.slice(1).trim(), end } : null;
};

const trailing = (end: number): Failed => ({
  id: "text-after-quote",
  message: "there is text behind the closing quote; quote the whole value, or escape quotes inside with \\",
  end,
});
const unterminated = (text: string, start: number): Failed => ({
  id: "unterminated",
  message: "the quote that begins here is never closed",
  end: lineEnd(text, start),
});

const readSingle = (text: string, start: number): Read | Failed => {
  const close = text.indexOf("'", start + 1);
  if (close === -1) return unterminated(text, start);
  const after = afterQuote(text, close + 1);
  if (after === null) return trailing(lineEnd(text, close));
  return { value: text.slice(start + 1, close), comment: after.comment, notices: [], end: after.end };
};

const escapes = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ['"', '"'],
  ["\\", "\\"],
]);

/** Double quotes: `\n \r \t \" \\` are escapes, every other backslash stays. */
const readDouble = (text: string, start: number): Read | Failed => {
  const parts: string[] = [];
  const used = new Set<string>();
  let from = start + 1;
  let at = from;
  for (; at < text.length && text[at] !== '"'; at++) {
    if (text[at] !== "\\" || at + 1 >= text.length) continue;
    const letter = text[at + 1] ?? "";
    const meant = escapes.get(letter);
    if (letter === "$") used.add("$");
    if (meant !== undefined) {
      parts.push(text.slice(from, at), meant);
      used.add(letter);
      from = at + 2;
    }
    at++;
  }
  if (at >= text.length) return unterminated(text, start);
  parts.push(text.slice(from, at));
  const after = afterQuote(text, at + 1);
  if (after === null) return trailing(lineEnd(text, at));
  const notices: [string, string][] = [];
  const spoken = [...used].filter((letter) => letter !== "$").map((letter) => `\\${letter}`);
  if (spoken.length > 0)
    notices.push(["escapes", `${spoken.join(" ")} in double quotes became the characters they stand for`]);
  if (used.has("$"))
    notices.push(["escaped-dollar", "\\$ was kept as two characters; Compose would drop the backslash"]);
  if (/^[A-Za-z]:\\/u.test(text.slice(start + 1, start + 4)) && (used.has("n") || used.has("t") || used.has("r"))) {
    notices.push([
      "windows-path",
      "this looks like a Windows path, and \\n, \\r or \\t in it became control characters; use single quotes",
    ]);
  }
  return { value: parts.join(""), comment: after.comment, notices, end: after.end };
};

const ruleOf = ({ rule, limit, actual }: Problem): string =>
  rule === "key-empty"
    ? "it is empty"
    : rule === "key-length"
      ? `${actual ?? ""} characters; ${limit ?? ""} are taken`
      : 'a key takes A-Z, a-z, 0-9, ".", "_" and "-", and does not begin with ".."';

const head = /^[ \t]*(?:export[ \t]+)?([^=\n]*?)[ \t]*=[ \t]*/u;

const jsonNotice = (value: string): [string, string][] => {
  if (!/^[{[]/u.test(value)) return [];
  try {
    JSON.parse(value);
    return [["json", "valid JSON"]];
  } catch {
    return [];
  }
};

const commonNotices = (key: string, value: string): [string, string][] => {
  const notices: [string, string][] = [];
  if (value === "") notices.push(["empty", "the value is empty"]);
  if (/\$(?:\{[^}]*\}|[A-Za-z_])/u.test(value)) {
    notices.push([
      "reference",
      "this looks like a reference to another variable; it is kept as it stands, nothing is expanded",
    ]);
  }
  if (/\$\(|`[^`]+`/u.test(value)) {
    notices.push(["command", "this looks like a command; it is kept as it stands, nothing is executed"]);
  }
  if (!isShellName(key)) notices.push(["not-a-shell-name", "not a shell name: older Kubernetes skips it in envFrom"]);
  return [...notices, ...jsonNotice(value)];
};

/**
 * Parses .env text in Keyroll's dialect (dotenv.md): no expansion, no execution, and nothing is guessed silently:
 * what was changed is a notice, what cannot be read is an error with its line. Linear in the length of the text.
 */
export const parseDotenv = (input: string): DotenvResult => {
  const text = input.replace(/^\uFEFF/u, "").replaceAll("\r\n", "\n");
  const entries: DotenvEntry[] = [];
  const errors: LineError[] = [];
  const seen = new Map<string, DotenvEntry>();
  let line = 1;
  let at = 0;
  const fail = (id: string, message: string, where: number): void => {
    errors.push({ line: where, id, message: `Line ${where}: ${message}.` });
  };
  const move = (end: number): void => {
    for (let i = text.indexOf("\n", at); i !== -1 && i < end; i = text.indexOf("\n", i + 1)) line++;
    if (end < text.length) line++;
    at = end + 1;
  };
  while (at < text.length) {
    const end = lineEnd(text, at);
    const whole = text.slice(at, end);
    if (/^[ \t]*(?:#|$)/u.test(whole)) {
      move(end);
      continue;
    }
    const matched = head.exec(whole);
    const isQuoted = matched !== null && /["']/u.test(whole.charAt(matched[0].length));
    if (!isQuoted && /-----BEGIN [A-Z0-9 ]+-----/u.test(whole) && !whole.includes("-----END ")) {
      // Its lines are not read one by one: base64 that ends with = would pass for a key, and be shown.
      fail("pem-unquoted", 'a PEM block over several lines needs quotes: KEY="-----BEGIN …"', line);
      const close = text.indexOf("-----END ", at);
      move(close === -1 ? text.length : lineEnd(text, close));
      continue;
    }
    if (matched === null) {
      const yaml = /^[ \t]*[\w.-]+:(?:[ \t]|$)/u.test(whole);
      if (yaml) fail("colon", "a key and a colon: is this YAML? Import it as YAML, or write KEY=value", line);
      else fail("no-equals", "there is no = on this line; write KEY=value", line);
      move(end);
      continue;
    }
    const key = matched[1] ?? "";
    const start = at + matched[0].length;
    const where = line;
    if (text.startsWith('"""', start) || text.startsWith("'''", start)) {
      fail(
        "triple-quote",
        "triple quotes are not part of .env; a value in simple quotes may have several lines",
        where,
      );
      const close = text.indexOf(text.slice(start, start + 3), start + 3);
      move(lineEnd(text, close === -1 ? start : close));
      continue;
    }
    const read =
      text[start] === "'"
        ? readSingle(text, start)
        : text[start] === '"'
          ? readDouble(text, start)
          : readPlain(text, start);
    move(read.end);
    if ("id" in read) {
      fail(read.id, read.message, where);
      continue;
    }
    const broken = checkKey(key);
    if (broken !== null) {
      // What stands before the = may be a piece of a value: it is not repeated.
      fail(broken.rule, `what stands before the = is not a key (${ruleOf(broken)})`, where);
      continue;
    }
    const earlier = seen.get(key);
    if (earlier !== undefined) {
      if (earlier.value !== read.value)
        fail("duplicate", `\`${key}\` stands on line ${earlier.line} too, with another value; keep one`, where);
      continue;
    }
    const { bytes, lines } = valueFacts(read.value);
    const notices = [...read.notices, ...commonNotices(key, read.value)].map(([id, message]) => ({
      id,
      message,
      key,
      line: where,
    }));
    const entry: DotenvEntry = { key, value: read.value, line: where, bytes, lines, comment: read.comment, notices };
    seen.set(key, entry);
    entries.push(entry);
  }
  return { entries, errors };
};
