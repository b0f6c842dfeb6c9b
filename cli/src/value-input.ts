import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { KeyrollError } from "@keyroll/contract/errors";
import { valueFacts, type Value } from "@keyroll/pairs";
import type { Context } from "./context.ts";

export interface ValueOptions {
  readonly fromFile?: string;
  readonly raw?: boolean;
  readonly binary?: boolean;
  readonly allowEmpty?: boolean;
}

/** What makes bytes no text: they are not UTF-8, or hold a NUL, which no environment variable can carry. */
const textOf = (bytes: Uint8Array): string | null => {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
};

/** Exactly one line break at the end: what `echo` and here-documents add. */
const dropFinalNewline = (bytes: Uint8Array): Uint8Array => {
  if (bytes.at(-1) !== 10) return bytes;
  return bytes.subarray(0, bytes.at(-2) === 13 ? -2 : -1);
};

/** Refuses `KEY=VALUE` without repeating it: it would stand in the shell's history and in every process list. */
export const refusePairs = (keys: readonly string[]): void => {
  if (!keys.some((key) => key.includes("="))) return;
  throw new KeyrollError(
    "bad_request",
    "KEY=… : a value on the command line is read by the shell's history and every process list.",
    {
      field: "key",
      next: "Type it at a hidden prompt (`keyroll set KEY`), pipe it in, or use --from-file. If it was a real value, replace it.",
    },
  );
};

const readBytes = async (context: Context, key: string, options: ValueOptions): Promise<Uint8Array> => {
  if (options.fromFile !== undefined) return await readFile(resolve(context.cwd, options.fromFile));
  let all: Uint8Array;
  if (context.terminal.input && context.terminal.talk) {
    const typed = await context.ask(`Value of ${key} (hidden): `, { hidden: true });
    if (typed === null)
      throw new KeyrollError("bad_request", "Stopped; nothing was saved.", {
        next: "Run it again when you have the value.",
      });
    // Only a paste holds line breaks: one alone, at the end, came along with the line.
    if (!/^[^\n]*\n$/u.test(typed)) return new TextEncoder().encode(typed);
    all = new TextEncoder().encode(typed);
  } else all = await context.read();
  if (options.raw === true) return all;
  const kept = dropFinalNewline(all);
  if (kept.byteLength < all.byteLength) context.say(`${key}: the final line break was dropped (--raw keeps it).`);
  return kept;
};

/**
 * The value of one key, from a hidden prompt, standard input or a file.
 *
 * @throws KeyrollError when it is empty, or not text, without the option that allows it
 */
export const readValue = async (context: Context, key: string, options: ValueOptions): Promise<Value> => {
  const bytes = await readBytes(context, key, options);
  if (bytes.byteLength === 0 && options.allowEmpty !== true) {
    throw new KeyrollError("invalid", `The value of ${key} is empty.`, {
      key,
      next: "Add --allow-empty when it is meant, or remove the key: `keyroll unset`.",
      changed: false,
    });
  }
  if (options.binary === true) return new Uint8Array(bytes);
  const text = textOf(bytes);
  if (text !== null) return text;
  const { nul } = valueFacts(new Uint8Array(bytes));
  throw new KeyrollError(
    "invalid",
    `The value of ${key} ${nul ? "holds a NUL byte" : "is not UTF-8 text"} (${bytes.byteLength} bytes).`,
    {
      key,
      next: "Add --binary when it is meant; containers then read it as a mounted file.",
      changed: false,
    },
  );
};
