import { isDeepStrictEqual } from "node:util";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Commit, CommitOptions, Manifest, SecretStore, StoreHost } from "../../../ports/secret-store.ts";
import { Secret } from "../../../ports/secret.ts";
import { pinFor, refuseAnother } from "./pins.ts";
import { manifestOf, type CommitRecord, type Pin } from "./record.ts";
import type { Records } from "./records.ts";
import { createUpkeep } from "./upkeep.ts";
import { advancedBytes, encodeValue, keyPattern, parameterBytes, type Encoded } from "./value.ts";
import { isKept, type Values } from "./values.ts";
import type { Calls } from "./calls.ts";
import type { Parameter } from "./parameters.ts";
import type { Paths } from "./records.ts";

/** The newest record when a save began, and what the parameters of its keys held, by name and version. */
interface Base {
  readonly record: CommitRecord;
  readonly seen: ReadonlyMap<string, Parameter>;
}

/** Versions by which a parameter may run ahead of what is pinned: at twice as many the pin would be dropped. */
const mostAhead = 50;

/**
 * One environment in Parameter Store. A save puts the changed values, which nobody reads yet, and then creates the
 * next numbered record, which pins the version of every key: that one call commits, and it succeeds once for all
 * who try. Readers take the newest record and fetch exactly what it pins.
 */
export const openSsm = (parts: {
  readonly paths: Paths;
  readonly environmentId: string;
  readonly tier: "standard" | "advanced";
  readonly calls: Calls;
  readonly records: Records;
  readonly values: Values;
  readonly host: Pick<StoreHost, "clock" | "random">;
  readonly longestSave: number;
}): SecretStore => {
  const { records, values, environmentId, host } = parts;
  const most = parts.tier === "advanced" ? advancedBytes : parameterBytes;

  const recordAt = async (at: number): Promise<CommitRecord> => {
    const record = await records.at(at, { digestKey: true });
    if (record !== null) return record;
    throw new KeyrollError("revision_gone", `Revision ${at} cannot be read any more.`, { actual: at });
  };

  /** What a save was begun on, read a moment ago: good until its commit. */
  let base: Base | null = null;
  /** What the last commit here has written. */
  let written: CommitRecord | null = null;

  const readBy = async (
    record: CommitRecord,
    keys?: readonly string[],
    seen?: ReadonlyMap<string, Parameter>,
  ): Promise<ReadonlyMap<string, Secret>> => {
    const digestKey = await records.digestKey(false);
    const pins = keys === undefined ? [...record.pins.values()] : [...new Set(keys)].map((key) => pinOf(record, key));
    return await values.read(record, pins, digestKey, seen);
  };

  /** What was just committed: the record is asked for beside the values. It counts when it is what was written. */
  const readBack = async (
    record: CommitRecord,
    keys: readonly string[] | undefined,
  ): Promise<ReadonlyMap<string, Secret>> => {
    const [there, found] = await Promise.allSettled([recordAt(record.revision), readBy(record, keys)]);
    if (there.status === "rejected") throw there.reason;
    if (!isDeepStrictEqual(there.value, record)) return await readBy(there.value, keys);
    if (found.status === "rejected") throw found.reason;
    return found.value;
  };

  const read = async (at: number, keys?: readonly string[]): Promise<ReadonlyMap<string, Secret>> => {
    if (at === written?.revision) return await readBack(written, keys);
    if (at === base?.record.revision) return await readBy(base.record, keys, base.seen);
    return await readBy(await recordAt(at), keys);
  };

  /** The newest record for a save, and beside it the values that the save may be compared with. */
  const beginSave = async (atLeast: number | undefined, keys: readonly string[]): Promise<CommitRecord | null> => {
    base = null;
    const [newest, ahead] = await Promise.allSettled([
      records.newest(atLeast, { digestKey: true }),
      values.ahead(keys.filter((key) => keyPattern.test(key))),
    ]);
    if (newest.status === "rejected") throw newest.reason;
    if (newest.value !== null)
      base = { record: newest.value, seen: ahead.status === "fulfilled" ? ahead.value : new Map() };
    return newest.value;
  };

  /**
   * What a commit is made on. Whoever saves in between creates the record of the next number, and the commit, which can
   * only create it too, is a conflict then: what was read a moment ago need not be read again.
   */
  const headFor = async (expect: number): Promise<CommitRecord | null> => {
    const begun = base;
    base = null;
    return begun?.record.revision === expect ? begun.record : await records.newest(expect, { digestKey: true });
  };

  /** What a repeated commit made the first time. A guard's record may stand before ours. */
  const repeated = async (head: CommitRecord | null, { expect, txn }: Commit): Promise<CommitRecord | null> => {
    if (head === null || head.txn === txn) return head;
    if (head.revision <= expect) return null;
    const after = await records.all([expect + 1, expect + 2]);
    return after.find((record) => record.txn === txn) ?? null;
  };

  const commit = async (
    given: Commit,
    { signal, progress }: CommitOptions,
  ): Promise<{ done: Manifest } | { conflict: Manifest | null }> => {
    // The last change of a key counts.
    const changes = new Map(given.changes.map((change) => [change.key, change]));
    for (const key of changes.keys()) checkKey(key);
    const encoded = new Map(
      [...changes.values()].flatMap((change): [string, Encoded][] =>
        change.op === "set" || change.op === "mend"
          ? // What was saved once may be as large as it was then.
            [[change.key, encodeValue(change.key, change.value, change.op === "mend" ? advancedBytes : most)]]
          : [],
      ),
    );
    signal.throwIfAborted();
    let head = await headFor(given.expect);
    const before = await repeated(head, given);
    if (before !== null) return { done: manifestOf(before) };
    if ((head?.revision ?? 0) !== given.expect) return { conflict: head === null ? null : manifestOf(head) };

    const digestKey = await records.digestKey(head === null, signal);
    for (const change of changes.values()) if (change.op === "mend") refuseAnother(head, change, digestKey);
    const puts = new Map([...encoded].filter(([, { form }]) => !form.empty));
    let count = 0;
    // The record is one more call.
    const tell = (): void =>
      progress({ written: count, of: puts.size, left: parts.calls.expects(puts.size - count + 1) });
    tell();
    const versions = await values.put(puts, signal, () => {
      count += 1;
      tell();
    });

    // Failed saves and other programs' writes push the pinned version towards the end of what is kept.
    const worn = [...versions].filter(([key, version]) => {
      const pin = head?.pins.get(key);
      return pin !== undefined && pin.version > 0 && version - pin.version >= mostAhead && isKept(pin.version, version);
    });
    if (head !== null && worn.length > 0) {
      const guarded = await protect(
        head,
        worn.map(([key]) => key),
        `${given.txn}.guard`,
        digestKey,
        signal,
      );
      if ("conflict" in guarded) return guarded;
      head = guarded.record;
      const again = new Map(worn.flatMap(([key]) => [...puts].filter(([name]) => name === key)));
      for (const [key, version] of await values.put(again, signal, () => undefined)) versions.set(key, version);
    }

    const revision = (head?.revision ?? 0) + 1;
    const pins = new Map(head?.pins);
    const there = await values.latest([...changes.values()].flatMap(({ op, key }) => (op === "adopt" ? [key] : [])));
    for (const change of changes.values()) {
      const pin = pinFor(change, { pins, revision, digestKey, encoded, versions, there });
      if (pin === null) pins.delete(change.key);
      else pins.set(change.key, pin);
    }
    const record: CommitRecord = {
      revision,
      parent: revision - 1,
      txn: given.txn,
      at: host.clock.now(),
      environmentId,
      pins,
    };
    const made = await records.create(record, signal);
    if (made !== "created") return { conflict: manifestOf((await records.newest(made.revision)) ?? made) };
    written = record;
    return { done: manifestOf(record) };
  };

  /** Puts pinned values again and pins the new versions: the same revision in content, under the next number. */
  const protect = async (
    head: CommitRecord,
    keys: readonly string[],
    txn: string,
    digestKey: Uint8Array,
    signal: AbortSignal,
  ): Promise<{ record: CommitRecord } | { conflict: Manifest | null }> => {
    const old = new Map<string, Secret>();
    for (const key of keys) {
      const pins = [pinOf(head, key)];
      const intact = await values.read(head, pins, digestKey).catch((error: unknown) => {
        // Others have changed it: nothing is left to protect, and the save that mends it must not fail.
        if (error instanceof KeyrollError && error.code === "integrity") return new Map<string, Secret>();
        throw error;
      });
      for (const [name, value] of intact) old.set(name, value);
    }
    if (old.size === 0) return { record: head };
    const texts = new Map([...old].map(([key, value]) => [key, encodeValue(key, value, advancedBytes)]));
    const versions = await values.put(texts, signal, () => undefined);
    const pins = new Map(
      [...head.pins].map(([key, pin]): [string, Pin] => [
        key,
        { ...pin, version: versions.get(key) ?? pin.version, encoded: texts.get(key)?.form.encoded ?? pin.encoded },
      ]),
    );
    const revision = head.revision + 1;
    const record = { ...head, revision, parent: head.revision, txn, at: host.clock.now(), pins };
    const made = await records.create(record, signal);
    if (made === "created") return { record };
    return { conflict: manifestOf((await records.newest(made.revision)) ?? made) };
  };

  return {
    manifest: async ({ at, atLeast, toSave } = {}) => {
      const newest = async () =>
        toSave === undefined ? await records.newest(atLeast) : await beginSave(atLeast, toSave);
      const record = at === undefined ? await newest() : await records.at(at);
      return record === null ? null : manifestOf(record);
    },
    read,
    commit,
    revisions: async ({ before, limit }) => {
      // A listing may be late: what it does not show yet is found from its end on.
      const newest = await records.newest();
      const listed = new Set(await records.numbers());
      for (let n = Math.max(0, ...listed) + 1; n <= (newest?.revision ?? 0); n++) listed.add(n);
      const numbers = [...listed].filter((revision) => before === undefined || revision < before);
      const found = await records.all(numbers.toSorted((a, b) => a - b).slice(-limit));
      const latest = await values.list();
      return found.toReversed().map(({ revision, at, pins }) => ({
        revision,
        at,
        readable: [...pins.values()].every(({ key, version }) => isKept(version, latest.get(key)?.version)),
      }));
    },
    upkeep: createUpkeep(parts),
  };
};

/** A slash would lead into another environment, and anything else is refused with a sentence that misleads. */
const checkKey = (key: string): void => {
  if (keyPattern.test(key)) return;
  throw new KeyrollError("invalid", `\`${key}\`: Parameter Store takes only names of ${keyPattern.source}.`, {
    field: `set.${key}`,
    key,
    limit: keyPattern.source,
    changed: false,
  });
};

const pinOf = (record: CommitRecord, key: string): Pin => {
  const pin = record.pins.get(key);
  if (pin !== undefined) return pin;
  throw new KeyrollError("not_found", `\`${key}\` is not in revision ${record.revision}.`, { key });
};
