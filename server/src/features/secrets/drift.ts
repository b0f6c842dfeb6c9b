import { KeyrollError } from "@keyroll/contract/errors";
import type { Reader } from "../../database/schema.ts";
import type { Drift, Manifest, SecretStore } from "../../ports/secret-store.ts";
import type { Secret } from "../../ports/secret.ts";
import type { Host } from "../host.ts";
import { openTarget } from "../open-target.ts";
import type { AppRow, EnvironmentRow } from "../subject.ts";

interface Where {
  readonly host: Host;
  readonly app: AppRow;
  readonly environment: EnvironmentRow;
}

/**
 * What others changed in the store, by key. Values that a save has put there and not yet committed look the same: not
 * while one is under way.
 * @throws {KeyrollError} `in_use` while something is being saved.
 */
export const findDrift = async (
  db: Reader,
  { environment }: Where,
  store: SecretStore,
  /** Whether it is asked who did it, and by which operation; null: by none. */
  { authors, own }: { readonly authors: boolean; readonly own: string | null },
): Promise<readonly Drift[]> => {
  await refuseWhileSaving(db, environment, own);
  const found = await store.upkeep.inspect({ authors });
  if (found.length > 0) await refuseWhileSaving(db, environment, own);
  return found.toSorted((a, b) => (a.key < b.key ? -1 : 1));
};

/**
 * Values that the store has lost, as the cluster still has them: those of keys that did not change since the revision
 * that is there. The store refuses them if they are not what was saved.
 */
export const valuesInCluster = async (
  { host, app, environment }: Where,
  store: SecretStore,
  newest: Manifest | null,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Secret>> => {
  const nothing = new Map<string, Secret>();
  if (keys.length === 0 || newest === null) return nothing;
  const target = await openTarget(host, app, environment);
  const mirror = await target.mirror();
  if (mirror === null || !mirror.ours || mirror.revision === null) return nothing;
  const there = mirror.revision === newest.revision ? newest : await store.manifest({ at: mirror.revision });
  const same = keys.flatMap((key) => {
    const entry = newest.entries.get(key);
    return entry !== undefined && there?.entries.get(key)?.revision === entry.revision ? [entry] : [];
  });
  const values = same.length === 0 ? null : await target.values(same);
  return values ?? nothing;
};

const refuseWhileSaving = async (db: Reader, environment: EnvironmentRow, own: string | null): Promise<void> => {
  const row = await db
    .selectFrom("operations")
    .select("id")
    .where("environment_id", "=", environment.id)
    .where("settled_at", "is", null)
    .where("id", "!=", own ?? "")
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return;
  throw new KeyrollError("in_use", `Something is being saved in \`${environment.name}\` right now.`, {
    next: "Look again when it is over.",
    changed: false,
  });
};
