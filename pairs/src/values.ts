import type { Problem } from "./problem.ts";

/** Text, or bytes that are flagged binary. */
export type Value = string | Uint8Array;

export interface ValueFacts {
  readonly bytes: number;
  readonly lines: number;
  readonly binary: boolean;
  /** Holds a NUL byte: no environment variable can. */
  readonly nul: boolean;
  readonly utf8: boolean;
  readonly empty: boolean;
}

const encoder = new TextEncoder();

export const encodeValue = (value: Value): Uint8Array => (typeof value === "string" ? encoder.encode(value) : value);

const isUtf8 = (bytes: Uint8Array): boolean => {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
};

/** Sizes and kinds, all that may be shown of a value. `lines` counts line feeds, plus a last line without one. */
export const valueFacts = (value: Value): ValueFacts => {
  const bytes = encodeValue(value);
  let lines = 0;
  let nul = false;
  for (const byte of bytes) {
    if (byte === 10) lines++;
    if (byte === 0) nul = true;
  }
  if (bytes.byteLength > 0 && bytes.at(-1) !== 10) lines++;
  const binary = typeof value !== "string";
  return { bytes: bytes.byteLength, lines, binary, nul, utf8: !binary || isUtf8(bytes), empty: bytes.byteLength === 0 };
};

/** Text with a lone surrogate has no UTF-8 form: it could not come back as it was. */
export const checkValue = (key: string, value: Value): Problem | null =>
  typeof value === "string" && !value.isWellFormed()
    ? {
        rule: "value-not-text",
        key,
        message: `\`${key}\`: the text has half of a surrogate pair, which UTF-8 cannot hold. Send it as binary (base64).`,
      }
    : null;

/** Equality of bytes and kind. */
export const sameValue = (a: Value, b: Value): boolean => {
  if (typeof a === "string" || typeof b === "string") return a === b;
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i]);
};
