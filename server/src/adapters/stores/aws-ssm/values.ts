import { KeyrollError } from "@keyroll/contract/errors";
import type { StoreHost } from "../../../ports/secret-store.ts";
import type { Secret } from "../../../ports/secret.ts";
import { batch, inParallel, type Calls } from "./calls.ts";
import { CallFailed, type Parameter } from "./parameters.ts";
import { toKeyrollError } from "./refusals.ts";
import { formOf, type CommitRecord, type Pin } from "./record.ts";
import type { Paths, Times } from "./records.ts";
import { decodeValue, digestOf, type Encoded } from "./value.ts";

/** Puts of one save that are under way together: what the burst allows is not waited for one by one. */
const putsAtOnce = 10;
const lostAttempts = 5;
/** Versions that Parameter Store keeps. */
const versionsKept = 100;
/** An older version that is not there is not late but gone. Milliseconds. */
const fresh = 10 * 60_000;

export interface Values {
  /** Pinned values, each verified against its digest; whole or an error. What was `seen` is not asked for. */
  read(
    record: CommitRecord,
    pins: readonly Pin[],
    digestKey: Uint8Array,
    seen?: ReadonlyMap<string, Parameter>,
  ): Promise<Map<string, Secret>>;
  /**
   * What the keys' parameters hold now, for `read`, which takes from it what is of the pinned version. One request, or
   * none; nothing when it fails.
   */
  ahead(keys: readonly string[]): Promise<ReadonlyMap<string, Parameter>>;
  /** Puts each value; its version by key. `done` is told of each one. */
  put(values: ReadonlyMap<string, Encoded>, signal: AbortSignal, done: () => void): Promise<Map<string, number>>;
  /** The newest version of a key's parameter, whoever wrote it. */
  latest(keys: readonly string[]): Promise<ReadonlyMap<string, Parameter>>;
  /** Newest versions of all keys, without values. */
  list(): Promise<ReadonlyMap<string, Parameter>>;
  remove(keys: readonly string[]): Promise<void>;
}

/** Whether a version can still be read, given the newest one of its parameter. */
export const isKept = (version: number, latest: number | undefined): boolean =>
  version === 0 || (latest !== undefined && version <= latest && latest - version < versionsKept);

export const createValues = (
  calls: Calls,
  paths: Paths,
  { clock, patience }: Pick<StoreHost, "clock"> & Pick<Times, "patience">,
): Values => {
  const nameOf = (key: string): string => `${paths.values}/${key}`;
  const selectorOf = ({ key, version }: Pin): string => `${nameOf(key)}:${version}`;

  const fetch = async (
    record: CommitRecord,
    pins: readonly Pin[],
    seen: ReadonlyMap<string, Parameter>,
  ): Promise<ReadonlyMap<string, Parameter>> => {
    const selectors = pins.map(selectorOf);
    const unseen = selectors.filter((selector) => !seen.has(selector));
    const found = new Map([...seen, ...(await calls.get(unseen))].filter(([selector]) => selectors.includes(selector)));
    const end = clock.now() - record.at < fresh ? clock.now() + patience : 0;
    for (let attempt = 0; found.size < selectors.length && clock.now() < end; attempt++) {
      await calls.pause(attempt);
      for (const [selector, parameter] of await calls.get(selectors.filter((selector) => !found.has(selector))))
        found.set(selector, parameter);
    }
    return found;
  };

  const latest = async (keys: readonly string[]): Promise<ReadonlyMap<string, Parameter>> => {
    const found = await calls.get(keys.map(nameOf));
    return new Map(
      keys.flatMap((key): [string, Parameter][] => {
        const parameter = found.get(nameOf(key));
        return parameter === undefined ? [] : [[key, parameter]];
      }),
    );
  };

  /** Why pinned versions are not there: too many newer ones, or the parameter was deleted. */
  const missing = async (record: CommitRecord, pins: readonly Pin[]): Promise<KeyrollError> => {
    const keys = pins.map(({ key }) => key);
    const now = await latest(keys);
    const names = keys.map((key) => `\`${key}\``).join(", ");
    const evicted = pins.every(({ key, version }) => (now.get(key)?.version ?? 0) - version >= versionsKept);
    return evicted
      ? new KeyrollError(
          "revision_gone",
          `Revision ${record.revision} cannot be read whole: Parameter Store no longer keeps its version of ${names}.`,
          { keys, actual: record.revision },
        )
      : new KeyrollError(
          "integrity",
          `Revision ${record.revision} cannot be read whole: ${names} ${keys.length === 1 ? "was" : "were"} deleted in Parameter Store.`,
          { keys, actual: record.revision, next: "Save these keys again." },
        );
  };

  return {
    latest,
    ahead: async (keys) => {
      if (keys.length === 0 || keys.length > batch) return new Map();
      const found = await calls.getOnce(keys.map(nameOf));
      return new Map(found.map((parameter) => [`${parameter.name}:${parameter.version}`, parameter]));
    },
    read: async (record, pins, digestKey, seen = new Map()) => {
      const stored = pins.filter(({ version }) => version > 0);
      const found = await fetch(record, stored, seen);
      const lost = stored.filter((pin) => !found.has(selectorOf(pin)));
      if (lost.length > 0) throw await missing(record, lost);
      const values = new Map<string, Secret>();
      for (const pin of pins) {
        const value = decodeValue(formOf(pin), found.get(selectorOf(pin))?.value ?? "");
        if (digestOf(digestKey, pin.key, value) !== pin.digest)
          throw new KeyrollError(
            "integrity",
            `\`${pin.key}\`: version ${pin.version} in Parameter Store is not what revision ${record.revision} saved.`,
            { key: pin.key, actual: record.revision, next: "Save this key again." },
          );
        values.set(pin.key, value);
      }
      return values;
    },
    put: async (values, signal, done) => {
      const versions = new Map<string, number>();
      await inParallel(putsAtOnce, [...values], async ([key, { text, isLarge }]) => {
        let advanced = isLarge;
        for (let lost = 1; !versions.has(key); lost++) {
          signal.throwIfAborted();
          try {
            versions.set(key, await calls.put({ name: nameOf(key), value: text, overwrite: true, advanced }, signal));
          } catch (error) {
            if (!(error instanceof CallFailed)) throw error;
            if (error.failure === "advanced" && !advanced) {
              // It was large once, or somebody else made it so: it stays advanced, and costs the same with any value.
              advanced = true;
              continue;
            }
            if (error.failure !== "lost" || lost >= lostAttempts) throw toKeyrollError(error, nameOf(key));
            // It may have been written: a version that holds what we put is as good as ours.
            const there = (await latest([key])).get(key);
            if (there?.value === text) versions.set(key, there.version);
            else await calls.pause(lost, signal);
          }
        }
        done();
      });
      return versions;
    },
    list: async () => {
      const listed = await calls.list(paths.values);
      return new Map(listed.map((parameter) => [parameter.name.slice(paths.values.length + 1), parameter]));
    },
    remove: async (keys) => await calls.remove(keys.map(nameOf)),
  };
};
