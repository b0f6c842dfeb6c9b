import { Buffer } from "node:buffer";
import { KeyrollError } from "@keyroll/contract/errors";
import { z } from "zod";
import type { Change, Entry, Manifest } from "../../ports/secret-store.ts";
import { Secret } from "../../ports/secret.ts";

/** Changes when a document could be misread by a server that does not know the difference. */
const format = 1;

const number = z.number().int().nonnegative();

/** `value` is text, or base64 for binary values and for text that JSON would not give back byte for byte. */
const pair = z.object({
  value: z.string(),
  encoding: z.enum(["text", "base64"]),
  binary: z.boolean(),
  /** The revision in which it was written. */
  revision: number,
  bytes: number,
  lines: number,
});
type Pair = z.output<typeof pair>;

const head = z.object({
  keyroll: z.literal(format),
  /** Id of the environment. */
  environment: z.string(),
  revision: number,
  /** The revision that it was made on; 0: none. */
  parent: number,
  /** The first revision since the environment was new, or was destroyed last. */
  since: number,
  txn: z.string(),
  at: number,
  /** Stands in the place of values that were destroyed. */
  destroyed: z.boolean().optional(),
  keys: z.unknown(),
});

/** A whole revision of one environment. */
export interface Document extends Omit<z.output<typeof head>, "keys" | "keyroll"> {
  readonly keys: ReadonlyMap<string, Pair>;
  /** The version that somebody made this one from by hand; absent: Keyroll wrote it. */
  readonly madeFrom?: number;
}

/** As the provider keeps it: plain JSON, readable by other tools. */
export type Stored = Readonly<Record<string, unknown>>;

export const print = ({ keys, environment, revision, parent, since, txn, at, destroyed }: Document): Stored => ({
  keyroll: format,
  environment,
  revision,
  parent,
  since,
  txn,
  at,
  ...(destroyed === undefined ? {} : { destroyed }),
  // Own properties whatever their name, also `__proto__`.
  keys: Object.fromEntries(keys),
});

/** @returns null for anything that Keyroll did not write. */
export const parse = (stored: unknown): Document | null => {
  const parsed = head.safeParse(stored);
  if (!parsed.success) return null;
  const { keys, keyroll: _, ...rest } = parsed.data;
  const pairs = new Map<string, Pair>();
  // By hand: a record of zod leaves out `__proto__`.
  for (const [key, value] of Object.entries(keys ?? {})) {
    const one = pair.safeParse(value);
    if (!one.success) return null;
    pairs.set(key, one.data);
  }
  return { ...rest, keys: pairs };
};

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const asText = (bytes: Uint8Array): string | null => {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
};

const encode = (value: Secret, revision: number): Pair => {
  const text = value.binary ? null : asText(value.expose());
  return {
    value: text ?? Buffer.from(value.expose()).toString("base64"),
    encoding: text === null ? "base64" : "text",
    binary: value.binary,
    revision,
    bytes: value.size,
    lines: value.lines,
  };
};

/** Whether both hold the same value, whenever it was written. */
export const isSamePair = (one: Pair | undefined, other: Pair): boolean =>
  one?.value === other.value && one.encoding === other.encoding && one.binary === other.binary;

/** The value that stands there, whatever its size was meant to be. */
const valueOf = ({ value, encoding, binary }: Pair): Secret =>
  new Secret(new Uint8Array(Buffer.from(value, encoding === "text" ? "utf8" : "base64")), binary);

/** @throws {KeyrollError} `integrity` when the value is not as large as the document says: somebody edited it. */
export const decode = (key: string, pair: Pair): Secret => {
  const secret = valueOf(pair);
  const { bytes } = pair;
  if (secret.size === bytes) return secret;
  throw new KeyrollError(
    "integrity",
    `The stored value of \`${key}\` has ${secret.size} bytes; ${bytes} were written: it was edited by hand.`,
    { key, limit: bytes, actual: secret.size, next: `Set \`${key}\` anew, or restore a revision.` },
  );
};

const there = (keys: ReadonlyMap<string, Pair>, key: string): Pair => {
  const pair = keys.get(key);
  if (pair !== undefined) return pair;
  throw new KeyrollError("not_found", `There is no value of \`${key}\` to adopt.`, { key, changed: false });
};

export const apply = (keys: ReadonlyMap<string, Pair>, changes: readonly Change[], revision: number) => {
  const next = new Map(keys);
  for (const change of changes) {
    if (change.op === "remove") next.delete(change.key);
    // What somebody changed by hand was a value of its own until now: what is put back is a new one again.
    if (change.op === "set" || change.op === "mend") next.set(change.key, encode(change.value, revision));
    if (change.op === "adopt") next.set(change.key, encode(valueOf(there(keys, change.key)), revision));
  }
  return next;
};

export const manifestOf = (document: Document): Manifest => ({
  revision: document.revision,
  txn: document.txn,
  at: document.at,
  entries: new Map(
    [...document.keys].map(([key, { revision, bytes, lines, binary }]): [string, Entry] => [
      key,
      { key, revision, bytes, lines, binary },
    ]),
  ),
});
