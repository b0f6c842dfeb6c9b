import { KeyrollError } from "@keyroll/contract/errors";
import type { StoreListing } from "../../ports/stores.ts";
import type { Change, Manifest, SecretStore, Written } from "../../ports/secret-store.ts";
import type { Secret } from "../../ports/secret.ts";
import { numbered, type StoreNumbers } from "../store-numbers.ts";

/**
 * The newest revisions that can be read, without a hole: `history` of them, and at least back to `needed`.
 * Empty: nothing was ever saved.
 */
export const travelling = async (
  source: SecretStore,
  newest: Manifest | null,
  wanted: { readonly history: number; readonly needed: number | null },
): Promise<readonly Manifest[]> => {
  if (newest === null) return [];
  const count = Math.max(wanted.history, newest.revision - (wanted.needed ?? newest.revision) + 1);
  const found = await source.revisions({ limit: count });
  const manifests: Manifest[] = [];
  for (const { revision, readable } of found) {
    if (revision !== newest.revision - manifests.length || !readable) break;
    const manifest = await source.manifest({ at: revision });
    if (manifest === null) break;
    manifests.unshift(manifest);
  }
  if (manifests.length > 0) return manifests;
  throw new KeyrollError("revision_gone", `Revision ${newest.revision} cannot be read whole; nothing was moved.`, {
    actual: newest.revision,
    next: "Save the keys again that cannot be read, then move.",
    changed: false,
  });
};

/** @throws {KeyrollError} `limit_exceeded`, `invalid`: keys that the store cannot hold, before anything is written. */
export const refuseUnfit = (store: StoreListing, manifests: readonly Manifest[]): void => {
  const { valueBytes, keyPattern } = store.capabilities;
  const entries = new Map(
    manifests.flatMap(({ entries: all }) => [...all.values()].map((entry) => [`${entry.key}/${entry.bytes}`, entry])),
  );
  const large = valueBytes === null ? [] : [...entries.values()].filter(({ bytes }) => bytes > valueBytes);
  const [first] = large.toSorted((a, b) => b.bytes - a.bytes);
  if (first !== undefined && valueBytes !== null) {
    const names = [...new Set(large.map(({ key }) => key))];
    throw new KeyrollError(
      "limit_exceeded",
      `${store.label} takes values of ${valueBytes} bytes; larger: ${names.map((key) => `\`${key}\``).join(", ")} (up to ${first.bytes}).`,
      { key: first.key, keys: names, limit: valueBytes, actual: first.bytes, changed: false },
    );
  }
  const unfit = keyPattern === null ? [] : [...entries.values()].filter(({ key }) => !keyPattern.test(key));
  const [name] = unfit;
  if (name === undefined || keyPattern === null) return;
  const names = [...new Set(unfit.map(({ key }) => key))];
  throw new KeyrollError(
    "invalid",
    `${store.label} takes only names of ${keyPattern.source}, not ${names.map((key) => `\`${key}\``).join(", ")}.`,
    { key: name.key, keys: names, limit: keyPattern.source, changed: false },
  );
};

/** Keys whose values the next revision has anew. */
const newIn = (before: Manifest | null, after: Manifest): string[] =>
  [...after.entries.values()]
    .filter(({ key, revision }) => before?.entries.get(key)?.revision !== revision)
    .map(({ key }) => key);

/** What leads from one revision to the next. */
const changesTo = async (source: SecretStore, before: Manifest | null, after: Manifest): Promise<Change[]> => {
  const set = newIn(before, after);
  const values = set.length === 0 ? new Map<string, Secret>() : await source.read(after.revision, set);
  const gone = [...(before?.entries.keys() ?? [])].filter((key) => !after.entries.has(key));
  return [
    ...[...values].map(([key, value]): Change => ({ op: "set", key, value })),
    ...gone.map((key): Change => ({ op: "remove", key })),
  ];
};

/**
 * Replays the revisions in the other store, which numbers them itself; answers how those numbers become the known ones.
 * @throws {KeyrollError} what the store refuses; `integrity` when it counts otherwise than one by one.
 */
export const replay = async (
  source: SecretStore,
  /** Runs one commit: where the new store commits in a transaction, in one of its own. */
  write: (work: (store: SecretStore) => Promise<Manifest>) => Promise<Manifest>,
  manifests: readonly Manifest[],
  options: {
    readonly txn: string;
    readonly signal: AbortSignal;
    readonly progress: (written: Written) => void;
    /** Looks whether this is still the one who may write there. */
    readonly hold: () => Promise<void>;
  },
): Promise<StoreNumbers> => {
  let first = 0;
  const counts = manifests.map((manifest, index) => newIn(manifests[index - 1] ?? null, manifest).length);
  const sum = (some: readonly number[]): number => some.reduce((all, one) => all + one, 0);
  for (const [index, manifest] of manifests.entries()) {
    await options.hold();
    const expect = index === 0 ? 0 : first + index - 1;
    const changes = await changesTo(source, manifests[index - 1] ?? null, manifest);
    const txn = `${options.txn}-${manifest.revision}`;
    const done = await write(async (store) => {
      const made = await store.commit(
        { expect, txn, changes },
        {
          signal: options.signal,
          progress: ({ written, left }) =>
            options.progress({ written: sum(counts.slice(0, index)) + written, of: sum(counts), left }),
        },
      );
      if ("done" in made) return made.done;
      throw new KeyrollError("in_use", "Somebody else has written to the new store meanwhile; nothing was moved.", {
        changed: false,
      });
    });
    if (index === 0) first = done.revision;
    else if (done.revision !== first + index) {
      throw new KeyrollError("integrity", `The new store did not keep revision ${manifest.revision} as its next one.`, {
        actual: done.revision,
        limit: first + index,
        changed: false,
      });
    }
  }
  const [oldest] = manifests;
  return {
    offset: (oldest?.revision ?? first) - first,
    first,
    written: [...(oldest?.entries.values() ?? [])].map(({ key, revision }) => [key, revision]),
  };
};

/** @throws {KeyrollError} `integrity` naming the first key that is not the same there, to the last byte. */
export const verifyCopy = async (
  source: SecretStore,
  copy: SecretStore,
  numbers: StoreNumbers,
  manifests: readonly Manifest[],
): Promise<void> => {
  const there = numbered(copy, numbers);
  for (const manifest of manifests) {
    const { revision } = manifest;
    const differs = (key?: string): KeyrollError =>
      new KeyrollError(
        "integrity",
        `The new store gave back something else${key === undefined ? "" : ` for \`${key}\``} at revision ${revision}; nothing was moved.`,
        { ...(key === undefined ? {} : { key }), actual: revision, changed: false },
      );
    const found = await there.manifest({ at: revision });
    if (found?.entries.size !== manifest.entries.size) throw differs();
    const [before, after] = [await source.read(revision), await there.read(revision)];
    for (const entry of manifest.entries.values()) {
      const same = found.entries.get(entry.key);
      const value = before.get(entry.key);
      if (
        same?.revision !== entry.revision ||
        same.bytes !== entry.bytes ||
        same.lines !== entry.lines ||
        same.binary !== entry.binary ||
        value === undefined ||
        after.get(entry.key)?.equals(value) !== true
      )
        throw differs(entry.key);
    }
  }
};
