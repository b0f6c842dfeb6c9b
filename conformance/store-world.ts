import { randomBytes } from "node:crypto";
import type { Capabilities, Change, Manifest, SecretStore, StoreScope } from "../server/src/ports/secret-store.ts";
import { Secret, secretText } from "../server/src/ports/secret.ts";
import type { Network } from "./network.ts";

/** Stands around a port that lies below a store; the port that comes out behaves the same, or stops. */
export type Wrap = <T extends object>(port: T) => T;

/** What an adapter gives to the suite. */
export interface StoreWorld {
  readonly capabilities: Capabilities;
  /**
   * The store of an environment, as a process that knows nothing yet opens it.
   * @param wrap goes around what lies directly below the store and whose calls a crash can fall between
   */
  open(scope: StoreScope, wrap: Wrap): Promise<SecretStore>;
  /** The only way to the provider, for stores that are reached over a network. */
  readonly network?: Network;
  close(): Promise<void>;
}

export const untouched: Wrap = (port) => port;

/** An environment that nobody has had. */
export const newScope = (): StoreScope => {
  const id = randomBytes(6).toString("hex");
  return {
    appId: `app-${id}`,
    app: `shop-${id}`,
    environmentId: `env-${id}`,
    environment: "dev",
    slot: "live",
  };
};

const options = () => ({ signal: new AbortController().signal, progress: () => undefined });

let transactions = 0;
export const newTxn = (): string => `txn-${process.pid}-${(transactions += 1)}`;

/** One commit; the answer as it came. */
export const commit = async (
  store: SecretStore,
  expect: number,
  changes: readonly Change[],
  txn = newTxn(),
): Promise<{ readonly done: Manifest } | { readonly conflict: Manifest | null }> =>
  await store.commit({ expect, txn, changes }, options());

/** One commit that nobody contends. @throws when it was a conflict after all. */
export const committed = async (
  store: SecretStore,
  expect: number,
  changes: readonly Change[],
  txn = newTxn(),
): Promise<Manifest> => {
  const answer = await commit(store, expect, changes, txn);
  if ("done" in answer) return answer.done;
  throw new Error(`a conflict at revision ${answer.conflict?.revision ?? 0} instead of ${expect}`);
};

export const set = (key: string, value: Secret | string): Change => ({
  op: "set",
  key,
  value: typeof value === "string" ? secretText(value) : value,
});
export const remove = (key: string): Change => ({ op: "remove", key });
export const adopt = (key: string): Change => ({ op: "adopt", key });
export const mend = (key: string, value: string): Change => ({ op: "mend", key, value: secretText(value) });

/** Values as comparable text: kind and bytes. Only tests may look at them so. */
export const plain = (values: ReadonlyMap<string, Secret>): Record<string, string> =>
  Object.fromEntries(
    [...values]
      .map(([key, value]): [string, string] => [
        key,
        `${value.binary ? "binary" : "text"} ${Buffer.from(value.expose()).toString("hex")}`,
      ])
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );

/** The same of texts, for what is expected. */
export const texts = (values: Readonly<Record<string, string>>): Record<string, string> =>
  plain(new Map(Object.entries(values).map(([key, text]) => [key, secretText(text)])));

/** What a store holds now, by reading all of it; null: never saved. */
export const contents = async (
  store: SecretStore,
): Promise<{ readonly revision: number; readonly values: Record<string, string> } | null> => {
  const manifest = await store.manifest();
  if (manifest === null) return null;
  return { revision: manifest.revision, values: plain(await store.read(manifest.revision)) };
};

const linesOf = (value: Secret): number => {
  const text = Buffer.from(value.expose()).toString("latin1");
  return text.split("\n").length - (text === "" || text.endsWith("\n") ? 1 : 0);
};

/** What a manifest must say of a value. */
export const entryOf = (key: string, value: Secret, revision: number) => ({
  key,
  revision,
  bytes: value.size,
  lines: linesOf(value),
  binary: value.binary,
});

/** 100 pairs that stores like to spoil, as far as the store takes their size. */
export const difficultPairs = (capabilities: Capabilities): Map<string, Secret> => {
  const binary = (...bytes: number[]): Secret => new Secret(Uint8Array.from(bytes), true);
  const every = Uint8Array.from({ length: 256 }, (_, index) => index);
  const large = Math.min(capabilities.valueBytes ?? 131_000, 131_000);
  const pairs = new Map<string, Secret>([
    ["EMPTY", secretText("")],
    ["EMPTY_BINARY", binary()],
    ["TEMPLATE", secretText("{{ .Values.x }} {{ssm:other}} ${HOME} $(id) `id` %s")],
    ["NUL", secretText("a\0b\0")],
    ["CRLF", secretText("one\r\ntwo\r\n\r\n")],
    ["NEWLINES", secretText("\n\n  leading and trailing \t\n")],
    ["SPACES", secretText("   ")],
    ["QUOTES", secretText(`'"\\" \\n \\u0000 <>&  `)],
    ["NON_ASCII", secretText("é \u{1F600} 漢字 \u202Eright\u202C e\u0301 \uFFFE")],
    ["BYTE_ORDER_MARK", secretText("\uFEFFtext")],
    ["CONTROL", secretText("\u0001\u001B[31m\u007F\u0085")],
    ["JSON", secretText('{"value":"inner","__proto__":{}}')],
    ["NUMBER", secretText("1e400")],
    ["NULL", secretText("null")],
    ["BASE64_TEXT", secretText("aGVsbG8=")],
    ["ALL_BYTES", new Secret(every, true)],
    ["NOT_UTF8", binary(0xff, 0xfe, 0xc0, 0x80)],
    ["BINARY_THAT_IS_TEXT", binary(0x68, 0x69)],
    ["LARGE", secretText("x".repeat(large))],
    ["case", secretText("lower")],
    ["CASE", secretText("upper")],
    ["__proto__", secretText("no prototype")],
    ["constructor", secretText("no constructor")],
    ["tls.crt", secretText("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")],
    ["with-dash_and.dot", secretText("dashed")],
    ["1", secretText("a key that looks like a number")],
    ["K".repeat(253), secretText("the longest key")],
  ]);
  for (const key of pairs.keys()) if (capabilities.keyPattern?.test(key) === false) pairs.delete(key);
  for (let number = pairs.size; number < 100; number++) pairs.set(`KEY_${number}`, secretText(`value ${number}`));
  return pairs;
};
