import { KeyrollError } from "@keyroll/contract/errors";
import type { Change, Commit, CommitOptions, Manifest, SecretStore, StoreHost } from "../../../ports/secret-store.ts";
import { Secret } from "../../../ports/secret.ts";
import { manifestOf, type CommitRecord, type Pin } from "./record.ts";
import type { Records } from "./records.ts";
import { createUpkeep } from "./upkeep.ts";
import {
  advancedBytes,
  decodeValue,
  digestOf,
  encodeValue,
  keyPattern,
  parameterBytes,
  type Encoded,
} from "./value.ts";
import { isKept, type Values } from "./values.ts";
import type { Calls } from "./calls.ts";
import type { Parameter } from "./parameters.ts";
import type { Paths } from "./records.ts";

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

  const read = async (at: number, keys?: readonly string[]): Promise<ReadonlyMap<string, Secret>> => {
    const record = await recordAt(at);
    const digestKey = await records.digestKey(false);
    const pins = keys === undefined ? [...record.pins.values()] : [...new Set(keys)].map((key) => pinOf(record, key));
    return await values.read(record, pins, digestKey);
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
    let head = await records.newest(given.expect, { digestKey: true });
    const before = await repeated(head, given);
    if (before !== null) return { done: manifestOf(before) };
    if ((head?.revision ?? 0) !== given.expect) return { conflict: head === null ? null : manifestOf(head) };

    const digestKey = await records.digestKey(head === null, signal);
    for (const change of changes.values()) if (change.op === "mend") refuseAnother(head, change, digestKey);
    const written = new Map([...encoded].filter(([, { form }]) => !form.empty));
    let count = 0;
    // The record is one more call.
    const tell = (): void =>
      progress({ written: count, of: written.size, left: parts.calls.expects(written.size - count + 1) });
    tell();
    const versions = await values.put(written, signal, () => {
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
      const again = new Map(worn.flatMap(([key]) => [...written].filter(([name]) => name === key)));
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
    manifest: async ({ at, atLeast } = {}) => {
      const record = at === undefined ? await records.newest(atLeast) : await records.at(at);
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

const factsOf = (
  key: string,
  value: Secret,
  revision: number,
  digestKey: Uint8Array,
): Omit<Pin, "version" | "encoded"> => ({
  key,
  revision,
  bytes: value.size,
  lines: value.lines,
  binary: value.binary,
  digest: digestOf(digestKey, key, value),
});

/** What a commit knows when all its values are put. */
interface Known {
  /** Those of the revision before. */
  readonly pins: ReadonlyMap<string, Pin>;
  readonly revision: number;
  readonly digestKey: Uint8Array;
  readonly encoded: ReadonlyMap<string, Encoded>;
  /** Of what was put. */
  readonly versions: ReadonlyMap<string, number>;
  /** What others put, of keys to adopt. */
  readonly there: ReadonlyMap<string, Parameter>;
}

/** How the new record names the key's value; null: not at all. */
const pinFor = (change: Change, known: Known): Pin | null => {
  if (change.op === "remove") return null;
  if (change.op === "adopt") return adopted(change.key, known);
  const { key, value } = change;
  const { pins, versions, encoded, revision, digestKey } = known;
  const place = { version: versions.get(key) ?? 0, encoded: encoded.get(key)?.form.encoded ?? false };
  const before = pins.get(key);
  if (change.op === "mend" && before !== undefined) return { ...before, ...place };
  return { ...factsOf(key, value, revision, digestKey), ...place };
};

/** Somebody else's value is text, as it stands there. */
const adopted = (key: string, { there, revision, digestKey }: Known): Pin => {
  const found = there.get(key);
  if (found === undefined)
    throw new KeyrollError("not_found", `There is no parameter for \`${key}\` to adopt.`, { key, changed: false });
  if (found.plain === true)
    throw new KeyrollError(
      "invalid",
      `The parameter of \`${key}\` is not encrypted (String or StringList), which Parameter Store never changes.`,
      { key, changed: false, next: `Delete it there and save \`${key}\` here: then it is a SecureString.` },
    );
  const value = decodeValue({ empty: false, encoded: false, binary: false }, found.value);
  return { ...factsOf(key, value, revision, digestKey), version: found.version, encoded: false };
};

/** @throws {KeyrollError} `integrity`: what is to be put again is not what the newest revision saved. */
const refuseAnother = (
  head: CommitRecord | null,
  { key, value }: { readonly key: string; readonly value: Secret },
  digestKey: Uint8Array,
): void => {
  const pin = head?.pins.get(key);
  if (pin === undefined) throw new KeyrollError("not_found", `\`${key}\` is not saved.`, { key, changed: false });
  if (pin.version === 0)
    throw new KeyrollError("invalid", `\`${key}\` is saved empty, which is no parameter: none can be put back.`, {
      key,
      changed: false,
      next: "Delete the parameter there, or adopt it.",
    });
  if (digestOf(digestKey, key, value) === pin.digest) return;
  throw new KeyrollError(
    "integrity",
    `What was found of \`${key}\` is another value than the one that revision ${pin.revision} saved.`,
    { key, changed: false, next: "Save this key again." },
  );
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
