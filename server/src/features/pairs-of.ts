import type { Secret } from "../ports/secret.ts";
import type { SecretStore } from "../ports/secret-store.ts";

/** Which values a deployment takes. */
export interface PinnedGoal {
  readonly revision: number;
  readonly keep: readonly string[];
  readonly keepFrom: number | null;
}

/** The values of a goal: its revision, except keys whose older value is known to be dead, which keep the newer one. */
export const pairsOf = async (store: SecretStore, goal: PinnedGoal): Promise<ReadonlyMap<string, Secret>> => {
  const pairs = new Map(goal.revision === 0 ? [] : await store.read(goal.revision));
  if (goal.keepFrom === null || goal.keep.length === 0) return pairs;
  const newer = await store.manifest({ at: goal.keepFrom });
  const kept = goal.keep.filter((key) => newer?.entries.has(key));
  for (const key of goal.keep) pairs.delete(key);
  if (kept.length > 0) for (const [key, value] of await store.read(goal.keepFrom, kept)) pairs.set(key, value);
  return pairs;
};

/** The keys that `pairsOf` answers, without reading a value. */
export const keysOf = async (store: SecretStore, goal: PinnedGoal): Promise<readonly string[]> => {
  const manifest = goal.revision === 0 ? null : await store.manifest({ at: goal.revision });
  const keys = new Set(manifest?.entries.keys());
  if (goal.keepFrom === null || goal.keep.length === 0) return [...keys];
  const newer = await store.manifest({ at: goal.keepFrom });
  for (const key of goal.keep)
    if (newer?.entries.has(key) === true) keys.add(key);
    else keys.delete(key);
  return [...keys];
};
