import { Buffer, isUtf8 } from "node:buffer";
import { createHmac } from "node:crypto";
import { KeyrollError } from "@keyroll/contract/errors";
import { Secret } from "../../../ports/secret.ts";

/** A standard parameter's value, in bytes of UTF-8 (4,096 characters by the documentation, bytes by KMS). */
export const parameterBytes = 4096;
/** An advanced parameter's. */
export const advancedBytes = 8192;

/** What a parameter's last segment may be: the same as a key of a Kubernetes Secret. */
export const keyPattern = /^[a-zA-Z0-9_.-]+$/u;

/** How a value stands in its parameter. */
export interface Form {
  /** No parameter at all: Parameter Store takes no empty value. */
  readonly empty: boolean;
  /** Base64 of the bytes. */
  readonly encoded: boolean;
  readonly binary: boolean;
}

/** A value, ready to be put. */
export interface Encoded {
  readonly form: Form;
  readonly text: string;
  /** Only the advanced tier takes it. */
  readonly isLarge: boolean;
}

/** What Parameter Store refuses (`{{`, it would name another parameter) or what does not survive as text. */
const unfit = /\{\{|[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/**
 * The text that is put: the value itself where Parameter Store can hold it, so that other programs read it there;
 * else base64.
 * @param most bytes of the parameter
 * @throws {KeyrollError} `limit_exceeded` naming key and figures.
 */
export const encodeValue = (key: string, value: Secret, most: number): Encoded => {
  const bytes = Buffer.from(value.expose());
  const text = value.binary || !isUtf8(bytes) ? null : bytes.toString("utf8");
  const encoded = text === null || unfit.test(text);
  const form: Form = { empty: bytes.byteLength === 0, encoded: bytes.byteLength > 0 && encoded, binary: value.binary };
  const stored = form.encoded ? bytes.toString("base64") : (text ?? "");
  const limit = form.encoded ? (most / 4) * 3 : most;
  if (bytes.byteLength > limit) {
    const why = form.encoded ? " as base64, which it needs" : "";
    throw new KeyrollError(
      "limit_exceeded",
      `\`${key}\` has ${bytes.byteLength} bytes; Parameter Store takes ${limit}${why}.`,
      {
        field: `set.${key}`,
        key,
        limit,
        actual: bytes.byteLength,
        changed: false,
        ...(most < advancedBytes
          ? { next: "Make it smaller, or set `tier` of the connection to advanced, which costs; nothing was changed." }
          : {}),
      },
    );
  }
  return { form, text: stored, isLarge: Buffer.byteLength(stored) > parameterBytes };
};

export const decodeValue = (form: Form, text: string): Secret =>
  new Secret(new Uint8Array(form.empty ? [] : Buffer.from(text, form.encoded ? "base64" : "utf8")), form.binary);

const digestBytes = 8;

/**
 * A short keyed digest of name and value. It tells that a version is still what was committed (deleting a parameter
 * restarts its numbers) and, without the key, nothing about the value.
 */
export const digestOf = (digestKey: Uint8Array, key: string, value: Secret): string =>
  createHmac("sha256", digestKey)
    .update(`keyroll-ssm-1\0${key}\0`)
    .update(value.expose())
    .digest()
    .subarray(0, digestBytes)
    .toString("base64url");
