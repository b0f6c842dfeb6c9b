import type { LineError } from "./dotenv/parse.ts";
import { checkKey } from "./keys.ts";
import type { Notice } from "./problem.ts";
import { valueFacts, type Value } from "./values.ts";

/** One pair of any format. */
export interface PairEntry {
  readonly key: string;
  readonly value: Value;
  readonly line: number;
  readonly bytes: number;
  readonly lines: number;
  readonly notices: readonly Notice[];
}

export interface PairsResult {
  readonly entries: readonly PairEntry[];
  readonly errors: readonly LineError[];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const fromBase64 = (text: string): Uint8Array | null => {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
};

/** A number as it is written in JSON: what JSON.parse makes of it has lost digits, zeros, or all of it. */
class Written {
  /** Null: the runtime does not tell (before Node 22 and the browsers of 2025). */
  readonly text: string | null;
  constructor(text: string | null) {
    this.text = text;
  }
}

const keepWritten = (_: string, value: unknown, context?: { readonly source?: string }): unknown =>
  typeof value === "number" ? new Written(context?.source ?? null) : value;

/** A flat map of strings, numbers, booleans, or `{"base64": …}`; line 0, because the parser knows none. */
export const pairsOfMap = (map: unknown, what: string): PairsResult => {
  const entries: PairEntry[] = [];
  const errors: LineError[] = [];
  if (!isRecord(map) || map instanceof Written)
    return { entries, errors: [{ line: 0, id: "not-a-map", message: `The ${what} is not a map of keys and values.` }] };
  for (const [key, raw] of Object.entries(map)) {
    const fail = (id: string, message: string): void => {
      errors.push({ line: 0, id, message });
    };
    const broken = checkKey(key);
    if (broken !== null) {
      fail(broken.rule, broken.message);
      continue;
    }
    const notices: Notice[] = [];
    let value: Value;
    if (typeof raw === "string") value = raw;
    else if (raw instanceof Written && raw.text === null) {
      fail("number", `\`${key}\` is a number, which cannot be read here as it is written: put it between quotes.`);
      continue;
    } else if (raw instanceof Written || typeof raw === "number" || typeof raw === "boolean") {
      value = raw instanceof Written ? (raw.text ?? "") : String(raw);
      const was = typeof raw === "boolean" ? "boolean" : "number";
      notices.push({ id: "not-a-string", key, message: `\`${key}\` was a ${was}: taken as its text` });
    } else if (isRecord(raw) && Object.keys(raw).length === 1 && typeof raw["base64"] === "string") {
      const bytes = fromBase64(raw["base64"]);
      if (bytes === null) {
        fail("base64", `\`${key}\`: base64 is not valid.`);
        continue;
      }
      value = bytes;
    } else {
      fail(
        raw === null ? "null" : "nested",
        `\`${key}\` is ${raw === null ? "null" : "not a text"}: values are texts; write nested data as a text.`,
      );
      continue;
    }
    const { bytes, lines } = valueFacts(value);
    entries.push({ key, value, line: 0, bytes, lines, notices });
  }
  return { entries, errors };
};

/** Keys that stand twice at the top level: JSON.parse would silently keep the last. */
const duplicates = (text: string): string[] => {
  const seen = new Set<string>();
  const twice: string[] = [];
  let depth = 0;
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/gsu)) {
    const [token] = match;
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (depth === 1 && /^\s*:/u.test(text.slice(match.index + token.length, match.index + token.length + 200))) {
      const key: unknown = JSON.parse(token);
      if (typeof key !== "string") continue;
      if (seen.has(key)) twice.push(key);
      seen.add(key);
    }
  }
  return twice;
};

/** Reads a flat JSON object of pairs. */
export const parseJson = (text: string): PairsResult => {
  let map: unknown;
  try {
    map = JSON.parse(text.replace(/^\uFEFF/u, ""), keepWritten);
  } catch {
    return { entries: [], errors: [{ line: 0, id: "json", message: "The text is not JSON." }] };
  }
  const twice = duplicates(text);
  const result = pairsOfMap(map, "JSON");
  return twice.length === 0
    ? result
    : {
        ...result,
        errors: [
          ...result.errors,
          ...twice.map((key) => ({ line: 0, id: "duplicate", message: `\`${key}\` stands twice; keep one.` })),
        ],
      };
};

const toBase64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

/** Prints pairs as JSON; binary values as `{"base64": …}`. Holds every value exactly. */
export const printJson = (pairs: Iterable<readonly [string, Value]>): string =>
  `${JSON.stringify(Object.fromEntries([...pairs].map(([key, value]) => [key, typeof value === "string" ? value : { base64: toBase64(value) }])), null, 2)}\n`;
