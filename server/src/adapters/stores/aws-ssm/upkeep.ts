import { KeyrollError } from "@keyroll/contract/errors";
import type { Drift, SecretStore, StoreHost } from "../../../ports/secret-store.ts";
import { inBatches, type Calls } from "./calls.ts";
import type { Parameter, Writing } from "./parameters.ts";
import { partsOf, type CommitRecord, type Pin } from "./record.ts";
import { revisionIn, revisionsIn, recordName, type Paths, type Records } from "./records.ts";
import { orKeyrollError } from "./refusals.ts";
import type { Values } from "./values.ts";

/** Keys of which one inspection asks who wrote them: a request each, at the pace of five a second. */
const mostAsked = 100;

/** Names that one call of `prune` deletes at most: ten requests, a few seconds. */
const most = 100;

/** What is done to an environment apart from saving and reading. */
export const createUpkeep = ({
  paths,
  calls,
  records,
  values,
  host,
  longestSave,
}: {
  readonly paths: Paths;
  readonly calls: Calls;
  readonly records: Records;
  readonly values: Values;
  readonly host: Pick<StoreHost, "clock">;
  readonly longestSave: number;
}): SecretStore["upkeep"] => {
  const inspect = async ({ authors } = { authors: true }): Promise<readonly Drift[]> => {
    const head = await records.newest();
    const there = await values.list();
    const retained = await records.all(await records.numbers());
    const pinned = newestPins(retained);
    const found: Found[] = [];
    for (const [key, { version }] of there) {
      // A key that was removed stays for programs that read it, until it is pruned. What is newer than that is not ours.
      if (head?.pins.has(key) !== true && version > (pinned.get(key) ?? 0)) found.push(foreign(key, version));
    }
    if (head !== null) found.push(...(await differing(head, there)));
    const isNew = ({ key, kind }: Found): boolean => kind === "foreign" && !pinned.has(key);
    const own = authors && found.some(isNew) ? await ownName(head) : null;
    const asked = new Set(authors ? found.filter(({ kind }) => kind !== "missing").slice(0, mostAsked) : []);
    return await Promise.all(
      found.map(async (drift): Promise<Drift> => {
        const writings = asked.has(drift) ? await writingsOf(`${paths.values}/${drift.key}`) : [];
        const last = writings.at(-1);
        const saved = writings.find(({ version }) => version === head?.pins.get(drift.key)?.version);
        const since = writings.filter(({ version }) => version > (saved?.version ?? 0));
        const ourName = isNew(drift) ? own : saved?.by;
        return {
          ...drift,
          at: last?.at ?? there.get(drift.key)?.at ?? null,
          by: last?.by ?? null,
          ours: typeof ourName === "string" && since.length > 0 && since.every(({ by }) => by === ourName),
        };
      }),
    );
  };

  /** Who wrote the newest record; before the first one, who made the digest key for it. */
  const ownName = async (head: CommitRecord | null): Promise<string | null> => {
    const name = head === null ? `${paths.records}/key` : recordName(paths, head.revision);
    return (await writingsOf(name)).at(-1)?.by ?? null;
  };

  /** Who wrote what is there: told where it can be. */
  const writingsOf = async (name: string): Promise<readonly Writing[]> => {
    try {
      return await calls.writings(name);
    } catch (error) {
      if (error instanceof KeyrollError) return [];
      throw error;
    }
  };

  const differing = async (head: CommitRecord, there: ReadonlyMap<string, Parameter>): Promise<Found[]> => {
    const present = [...head.pins.values()].filter(({ key, version }) => version > 0 && there.has(key));
    const intact = await readable(head, present);
    return [...head.pins.values()].flatMap((pin): Found[] => {
      const newest = there.get(pin.key)?.version ?? 0;
      const isIntact = pin.version === 0 || intact.has(pin.key);
      if (newest === pin.version && isIntact) return [];
      return [difference(pin, newest, head.revision, isIntact)];
    });
  };

  /** Those whose pinned value is there and is what was saved: a parameter made anew may have come to the same number. */
  const readable = async (head: CommitRecord, pins: readonly Pin[]): Promise<ReadonlySet<string>> => {
    if (pins.length === 0) return new Set();
    const digestKey = await records.digestKey(false);
    const keys = new Set<string>();
    const look = async (some: readonly Pin[]): Promise<void> => {
      try {
        for (const key of (await values.read(head, some, digestKey)).keys()) keys.add(key);
      } catch (error) {
        if (!(error instanceof KeyrollError) || !["integrity", "revision_gone"].includes(error.code)) throw error;
        // One of them is not: which?
        if (some.length > 1) for (const pin of some) await look([pin]);
      }
    };
    await look(pins);
    return keys;
  };

  /**
   * A pruner that was overtaken stops: the highest fence is left in a parameter and looked at before each deletion.
   * Parameter Store cannot make it a condition of the deletion itself; that nothing young is deleted covers the rest.
   */
  const holdFence = async (fence: number): Promise<void> => {
    const name = `${paths.records}/fence`;
    const there = Number((await calls.get([name])).get(name)?.value ?? -1);
    if (there > fence)
      throw new KeyrollError("lease_lost", `A later worker (fence ${there}) prunes ${paths.values} now.`, {
        limit: there,
        actual: fence,
      });
    if (there < fence)
      await orKeyrollError(name, async () => await calls.put({ name, value: String(fence), overwrite: true }));
  };

  /** Older than any save can be that is still at it. */
  const isOld = ({ at }: { readonly at: number }): boolean => at <= host.clock.now() - longestSave;

  const prune = async (keep: ReadonlySet<number>, fence: number): Promise<{ more: boolean }> => {
    const newest = await records.newest();
    if (newest === null) return { more: false };
    const listed = await calls.list(paths.records);
    const age = new Map(listed.map((parameter) => [parameter.name, parameter.at]));
    const all = await records.all(revisionsIn(listed));
    const doomed = all.filter(
      ({ revision }) =>
        revision < newest.revision &&
        !keep.has(revision) &&
        isOld({ at: age.get(recordName(paths, revision)) ?? Number.POSITIVE_INFINITY }),
    );
    const retained = [newest, ...all.filter((record) => !doomed.includes(record))];

    // Values first: once the records are gone nothing would tell that they are ours.
    const needed = new Set(retained.flatMap(({ pins }) => [...pins.keys()]));
    const there = await values.list();
    const keys = new Set(doomed.flatMap(({ pins }) => [...pins.keys()]).filter((key) => !needed.has(key)));
    const dead = [...keys].filter((key) => {
      const parameter = there.get(key);
      return parameter !== undefined && isOld(parameter);
    });
    // Young ones go next time, and so do the records that name them.
    const waiting = new Set([...keys].filter((key) => there.has(key) && !dead.includes(key)));
    const names = new Set(
      doomed
        .filter(({ pins }) => ![...pins.keys()].some((key) => waiting.has(key)))
        .map(({ revision }) => recordName(paths, revision)),
    );
    const parts = await unneededParts(listed.filter(isOld), names);

    const [firstDead, firstRecords] = [dead.slice(0, most), [...parts, ...names]];
    const allowed = firstDead.length < dead.length ? [] : firstRecords.slice(0, most - firstDead.length);
    for (const keys of inBatches(firstDead)) {
      await holdFence(fence);
      await values.remove(keys);
    }
    for (const names of inBatches(allowed)) {
      await holdFence(fence);
      await calls.remove(names);
    }
    return { more: firstDead.length + allowed.length < dead.length + firstRecords.length };
  };

  /** Parts of records that go, and of attempts that never became one. */
  const unneededParts = async (
    listed: readonly { readonly name: string }[],
    going: ReadonlySet<string>,
  ): Promise<string[]> => {
    const isPart = ({ name }: { readonly name: string }): boolean => /\/\d{6,15}\./u.test(name);
    const found = listed.filter(isPart);
    if (found.length === 0) return [];
    const numbers = [...new Set(found.flatMap(({ name }) => revisionIn(name) ?? []))].map((n) => recordName(paths, n));
    const heads = await calls.get(numbers.map((name) => `${name}:1`));
    const needed = new Set(
      numbers.flatMap((name) =>
        going.has(name) ? [] : partsOf(heads.get(`${name}:1`)?.value ?? "").map((part) => `${name}.${part}`),
      ),
    );
    return found.map(({ name }) => name).filter((name) => !needed.has(name));
  };

  /** What was put after the newest record is somebody's new value, or on its way to be one. */
  const purge = async (keys: readonly string[]): Promise<void> => {
    const newest = await records.newest();
    const listed = await calls.list(paths.records);
    const since = listed.find(({ name }) => name === recordName(paths, newest?.revision ?? 0))?.at ?? 0;
    const there = await values.list();
    const dead = keys.filter((key) => there.has(key) && newest?.pins.has(key) === false);
    const young = dead.filter((key) => (there.get(key)?.at ?? 0) > since);
    const old = dead.filter((key) => !young.includes(key));
    for (const some of inBatches(old)) await values.remove(some);
    if (young.length === 0) return;
    throw new KeyrollError(
      "in_use",
      `Others have written ${young.map((key) => `\`${key}\``).join(", ")} at ${paths.values} since then; that is left alone.`,
      { keys: young, changed: old.length > 0 },
    );
  };

  const discard = async (keys: readonly string[], fence: number): Promise<void> => {
    const pinned = newestPins(await records.all(await records.numbers()));
    const there = await values.list();
    const dead = keys.filter((key) => {
      const parameter = there.get(key);
      return parameter !== undefined && !pinned.has(key) && isOld(parameter);
    });
    for (const some of inBatches(dead)) {
      await holdFence(fence);
      await values.remove(some);
    }
  };

  return {
    inspect,
    prune,
    purge,
    discard,
    /** Deletion is final in Parameter Store, so both modes are. Takes everything that lies at the path. */
    destroy: async () => {
      const there = await values.list();
      await values.remove([...there.keys()]);
      await records.destroy();
    },
  };
};

/** What is found without asking who did it. */
type Found = Omit<Drift, "at" | "by" | "ours">;

/** The highest version of each key that a retained revision uses. */
const newestPins = (retained: readonly CommitRecord[]): ReadonlyMap<string, number> => {
  const newest = new Map<string, number>();
  for (const { pins } of retained)
    for (const { key, version } of pins.values()) newest.set(key, Math.max(version, newest.get(key) ?? 0));
  return newest;
};

const foreign = (key: string, version: number): Found => ({
  key,
  kind: "foreign",
  message: `\`${key}\` (version ${version}) is not part of the newest revision.`,
  savedIn: null,
});

/** How the newest version of a parameter (0: there is none) disagrees with the pinned one (0: an empty value). */
const difference = ({ key, version }: Pin, newest: number, revision: number, isIntact: boolean): Found => {
  // An empty value has no parameter that could be put again.
  const savedIn = isIntact && version > 0 ? revision : null;
  if (newest === 0)
    return {
      key,
      kind: "missing",
      message: `\`${key}\` of revision ${revision} was deleted in Parameter Store.`,
      savedIn,
    };
  const saved = version === 0 ? "is empty and needs none" : `uses version ${version}`;
  const message =
    newest > version && isIntact
      ? `\`${key}\` has version ${newest} in Parameter Store; revision ${revision} ${saved}.`
      : `\`${key}\` was deleted and made anew in Parameter Store: its version ${newest} is not what revision ${revision} saved.`;
  return { key, kind: "changed", message, savedIn };
};
