import { Buffer } from "node:buffer";
import type { Differences, Expected, Glance, KeyWriter } from "../../ports/target.ts";
import type { Secret } from "../../ports/secret.ts";
import { marks, mirrorOf, pathOf, type SecretAddress } from "./app-secrets.ts";
import type { KubeClient } from "./client.ts";
import { at, isJson, list, text, time, type Json } from "./json.ts";

const field = "f:";

/** Who owns keys of `data`. A key that somebody took away has no owner: nothing tells who did it. */
const writersOf = (secret: Json): KeyWriter[] =>
  list(secret, "metadata", "managedFields").flatMap((entry) => {
    const data = at(entry, "fieldsV1", "f:data");
    if (!isJson(data)) return [];
    const keys = Object.keys(data).flatMap((name) => (name.startsWith(field) ? [name.slice(field.length)] : []));
    return [{ manager: text(entry, "manager") ?? "unknown", at: time(entry, "time"), keys }];
  });

/** What is told of the Secret without its values. */
export const glanceAt = async (client: KubeClient, address: SecretAddress, environmentId: string): Promise<Glance> => {
  const secret = await client.find(pathOf(address), { metadataOnly: true });
  if (secret === null) return { exists: false, ours: false, free: true, resourceVersion: null, writers: [] };
  const { ours, owner, environment, resourceVersion } = mirrorOf(secret, environmentId);
  const free = owner === null && (environment === null || environment === environmentId);
  return { exists: true, ours, free, resourceVersion, writers: writersOf(secret) };
};

/** Makes the digest of parts; null: without the master key there is none. */
export type Digest = (parts: readonly Uint8Array[]) => Promise<string | null>;

const prefix = "v1.";

/**
 * The mark that vouches for a revision's content: keyed, so that whoever may read metadata cannot try guesses. Null:
 * there is no key to make it with.
 */
export const digestOf = async (
  digest: Digest,
  revision: number,
  pairs: ReadonlyMap<string, Pick<Secret, "expose">>,
): Promise<string | null> => {
  const sorted = [...pairs].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const parts = sorted.flatMap(([key, value]) => [Buffer.from(key), value.expose()]);
  const made = await digest([Buffer.from(String(revision)), ...parts]);
  return made === null ? null : `${prefix}${made}`;
};

/**
 * What the Secret holds beside what is expected, by key. A digest that is right for the revision and these keys says
 * that nothing differs; else the values are compared here, and dropped.
 */
export const compareSecret = async (
  client: KubeClient,
  address: SecretAddress,
  digest: Digest,
  expected: Expected,
): Promise<Differences | null> => {
  const secret = await client.find(pathOf(address));
  if (secret === null) return null;
  const resourceVersion = text(secret, "metadata", "resourceVersion") ?? "";
  const found = at(secret, "data");
  const data = new Map(
    Object.entries(isJson(found) ? found : {}).map(([key, value]) => [
      key,
      Buffer.from(typeof value === "string" ? value : "", "base64"),
    ]),
  );
  const tolerated = new Set(expected.tolerated);
  const added = [...data.keys()].filter((key) => !expected.keys.includes(key) && !tolerated.has(key));
  const removed = expected.keys.filter((key) => !data.has(key) && !tolerated.has(key));
  if (added.length === 0 && removed.length === 0) {
    const mark = text(secret, "metadata", "annotations", marks.digest);
    const pairs = new Map([...data].map(([key, bytes]) => [key, { expose: () => bytes }]));
    if (mark !== null && mark === (await digestOf(digest, expected.revision, pairs)))
      return { resourceVersion, changed: [], added, removed };
  }
  const values = await expected.values();
  const changed = [...values].flatMap(([key, value]) => {
    const bytes = data.get(key);
    return bytes === undefined || tolerated.has(key) || bytes.equals(value.expose()) ? [] : [key];
  });
  return { resourceVersion, changed: changed.toSorted(), added: added.toSorted(), removed: removed.toSorted() };
};
