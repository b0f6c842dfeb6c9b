import { Buffer } from "node:buffer";
import { deflateSync, inflateSync } from "node:zlib";
import { z } from "zod";
import type { Entry, Manifest } from "../../../ports/secret-store.ts";
import { parameterBytes, type Form } from "./value.ts";

/** What a revision says of one key: its entry, and where exactly its value is. */
export interface Pin extends Entry {
  /** Version of the key's parameter; 0: the value is empty and there is none. */
  readonly version: number;
  readonly encoded: boolean;
  /** See `digestOf`. */
  readonly digest: string;
}

/** One revision, as it stands in a parameter that is written once. */
export interface CommitRecord {
  readonly revision: number;
  readonly parent: number;
  readonly txn: string;
  /** Epoch milliseconds, by the clock of whoever committed. */
  readonly at: number;
  readonly environmentId: string;
  readonly pins: ReadonlyMap<string, Pin>;
}

export const formOf = (pin: Pin): Form => ({ empty: pin.version === 0, encoded: pin.encoded, binary: pin.binary });

export const manifestOf = ({ revision, txn, at, pins }: CommitRecord): Manifest => ({
  revision,
  txn,
  at,
  entries: new Map(
    [...pins].map(([name, { key, revision, bytes, lines, binary }]) => [name, { key, revision, bytes, lines, binary }]),
  ),
});

/** Column by column: like stands beside like, and 100 keys deflate to about two kilobytes. */
const columns = z.object({
  n: z.int().positive(),
  p: z.int().nonnegative(),
  t: z.string(),
  a: z.number(),
  e: z.string(),
  k: z.array(z.string()),
  v: z.array(z.int().nonnegative()),
  /** 1 encoded, 2 binary. */
  f: z.array(z.int()),
  b: z.array(z.int().nonnegative()),
  l: z.array(z.int().nonnegative()),
  r: z.array(z.int().positive()),
  d: z.array(z.string()),
});

/** The format, in front of what follows it. Base64url holds neither `{{` nor a dot. */
const whole = "kr1.";
const split = "kr1+.";

export interface Packed {
  readonly head: string;
  /** Empty for a record that fits one parameter. */
  readonly parts: readonly string[];
}

/** `tag` names the parts of this attempt: no two attempts share one, so a part is never overwritten. */
export const packRecord = (record: CommitRecord, tag: string): Packed => {
  const pins = [...record.pins.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const plain: z.output<typeof columns> = {
    n: record.revision,
    p: record.parent,
    t: record.txn,
    a: record.at,
    e: record.environmentId,
    k: pins.map(({ key }) => key),
    v: pins.map(({ version }) => version),
    f: pins.map(({ encoded, binary }) => (encoded ? 1 : 0) + (binary ? 2 : 0)),
    b: pins.map(({ bytes }) => bytes),
    l: pins.map(({ lines }) => lines),
    r: pins.map(({ revision }) => revision),
    d: pins.map(({ digest }) => digest),
  };
  const text = deflateSync(JSON.stringify(plain), { level: 9 }).toString("base64url");
  if (whole.length + text.length <= parameterBytes) return { head: whole + text, parts: [] };
  const parts = text.match(new RegExp(`.{1,${parameterBytes}}`, "gu")) ?? [];
  return { head: `${split}${tag}.${parts.length}`, parts };
};

/** The last segments of the names of a split record's parts; none when it is whole. */
export const partsOf = (head: string): readonly string[] => {
  if (!head.startsWith(split)) return [];
  const [tag, count] = head.slice(split.length).split(".");
  return Array.from({ length: Number(count) }, (_, i) => partName(tag ?? "", i));
};

export const partName = (tag: string, index: number): string => `${tag}.${index + 1}`;

/** @throws when it is not a record: damaged, or of a later format. */
export const unpackRecord = (head: string, parts: readonly string[]): CommitRecord => {
  const text = head.startsWith(split) ? parts.join("") : head.slice(whole.length);
  if (!head.startsWith(split) && !head.startsWith(whole)) throw new Error("not a record of this format");
  const given = columns.parse(JSON.parse(inflateSync(Buffer.from(text, "base64url")).toString("utf8")));
  const at = <T>(column: readonly T[], index: number): T => {
    const found = column[index];
    if (found === undefined) throw new Error("columns of different length");
    return found;
  };
  return {
    revision: given.n,
    parent: given.p,
    txn: given.t,
    at: given.a,
    environmentId: given.e,
    pins: new Map(
      given.k.map((key, i): [string, Pin] => [
        key,
        {
          key,
          version: at(given.v, i),
          encoded: (at(given.f, i) & 1) === 1,
          binary: (at(given.f, i) & 2) === 2,
          bytes: at(given.b, i),
          lines: at(given.l, i),
          revision: at(given.r, i),
          digest: at(given.d, i),
        },
      ]),
    ),
  };
};
