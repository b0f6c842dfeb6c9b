import { KeyrollError } from "@keyroll/contract/errors";
import type { Drift, SecretStore, StoreHost } from "../../../ports/secret-store.ts";
import { inBatches, type Calls } from "./calls.ts";
import { partsOf, type CommitRecord, type Pin } from "./record.ts";
import { revisionIn, revisionsIn, recordName, type Paths, type Records } from "./records.ts";
import { orKeyrollError } from "./refusals.ts";
import type { Values } from "./values.ts";

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
  const inspect = async (): Promise<readonly Drift[]> => {
    const head = await records.newest();
    const there = await values.list();
    const retained = await records.all(await records.numbers());
    const ours = new Set(retained.flatMap(({ pins }) => [...pins.keys()]));
    const drift: Drift[] = [];
    for (const [key, { version }] of there) {
      // A key that was removed stays for programs that read it, until it is pruned.
      if (!ours.has(key))
        drift.push({ key, kind: "foreign", message: `\`${key}\` (version ${version}) is not part of any revision.` });
    }
    if (head === null) return drift;
    const intact: Pin[] = [];
    for (const pin of head.pins.values()) {
      const found = ahead(pin, there.get(pin.key)?.version ?? 0, head.revision);
      if (found !== null) drift.push(found);
      else if (pin.version > 0) intact.push(pin);
    }
    return [...drift, ...(await altered(head, intact))];
  };

  /** The version numbers are right; a parameter that was deleted and made anew may have come to the same ones. */
  const altered = async (head: CommitRecord, pins: readonly Pin[]): Promise<Drift[]> => {
    if (pins.length === 0) return [];
    const digestKey = await records.digestKey(false);
    try {
      await values.read(head, pins, digestKey);
      return [];
    } catch (error) {
      if (!(error instanceof KeyrollError) || error.code !== "integrity") throw error;
      const [only] = pins;
      if (only !== undefined && pins.length === 1) return [{ key: only.key, kind: "changed", message: error.message }];
      const drift: Drift[] = [];
      for (const pin of pins) drift.push(...(await altered(head, [pin])));
      return drift;
    }
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

  const prune = async (keep: ReadonlySet<number>, fence: number): Promise<{ more: boolean }> => {
    const isOld = ({ at }: { readonly at: number }): boolean => at <= host.clock.now() - longestSave;
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

  return {
    inspect,
    prune,
    purge,
    /** Deletion is final in Parameter Store, so both modes are. Takes everything that lies at the path. */
    destroy: async () => {
      const there = await values.list();
      await values.remove([...there.keys()]);
      await records.destroy();
    },
  };
};

/** How the newest version of a parameter disagrees with the pinned one (0: none). */
const ahead = ({ key, version }: Pin, newest: number, revision: number): Drift | null => {
  if (newest === version || version === 0) return null;
  if (newest === 0)
    return { key, kind: "missing", message: `\`${key}\` of revision ${revision} was deleted in Parameter Store.` };
  const message =
    newest > version
      ? `\`${key}\` has version ${newest} in Parameter Store; revision ${revision} uses version ${version}.`
      : `\`${key}\` was deleted and made anew in Parameter Store: it has version ${newest}, revision ${revision} uses ${version}.`;
  return { key, kind: "changed", message };
};
