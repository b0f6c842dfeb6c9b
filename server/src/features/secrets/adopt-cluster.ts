import { KeyrollError } from "@keyroll/contract/errors";
import type { Tx } from "../../database/schema.ts";
import { lookForDrift } from "../cluster-drift.ts";
import { newestManifest } from "../newest-manifest.ts";
import { holdDrift, keepKnown, openEntries, type DriftEntry } from "../known-drift.ts";
import { openTarget } from "../open-target.ts";
import { plainOf } from "../plain.ts";
import { named } from "./purge.ts";
import { saveEdit } from "./fill.ts";
import type { SaveContext, Saved, SaveIntent } from "./save.ts";

/** Entries of these keys. @throws {KeyrollError} `not_found`: some are as deployed. */
const chosenFrom = (found: readonly DriftEntry[], keys: readonly string[]): readonly DriftEntry[] => {
  const missing = keys.filter((key) => !found.some((one) => one.key === key));
  if (missing.length > 0)
    throw new KeyrollError(
      "not_found",
      `${named(missing)} ${missing.length === 1 ? "is" : "are"} in the cluster as deployed: there is nothing to resolve.`,
      { field: "keys", keys: missing, next: "Look at the drift again: `keyroll drift`.", changed: false },
    );
  return found.filter(({ key }) => key !== null && keys.includes(key));
};

/**
 * The values that these keys have in the cluster become a new revision; they go from there to the store inside the
 * server, and every rule of a save holds for them.
 * @throws {KeyrollError} `not_found`; `revision_conflict` when the Secret was changed again meanwhile; as `save`.
 */
export const adoptFromCluster = async (
  ctx: SaveContext & { readonly now: number },
  intent: SaveIntent,
  meant: ReadonlySet<string>,
): Promise<Saved & { readonly seen: string }> => {
  const { host, app, environment } = ctx;
  const target = await openTarget(host, app, environment);
  const known = await lookForDrift(ctx, { target });
  const keys = intent.drift?.keys ?? [];
  const chosen = chosenFrom(
    openEntries(known).filter(({ place }) => place === "cluster"),
    keys,
  );
  const wanted = chosen.flatMap(({ key, kind }) => (key === null || kind === "removed" ? [] : [key]));
  const values = await target.values(wanted.map((key) => ({ key, binary: "as-found" as const })));
  const seen = known.resourceVersion;
  if (values === null)
    throw new KeyrollError("invalid", "Keyroll's marks are gone from the Secret: whose it is must be clear first.", {
      next: "Overwrite it (`keyroll drift overwrite --all`), or take it over with `keyroll deploy --adopt`.",
      changed: false,
    });
  if (seen === null || values.size < wanted.length || (await target.glance())?.resourceVersion !== seen)
    throw new KeyrollError("revision_conflict", "The Secret was changed again meanwhile. Nothing was saved.", {
      next: "Look at the drift again, then decide.",
      changed: false,
    });
  // A key that they took away may not be saved any more either.
  const newest = await newestManifest(host.db, ctx, { atLeast: intent.base });
  const saved = await saveEdit(ctx, intent, {
    changes: {
      set: new Map([...values].map(([key, value]) => [key, plainOf(value)])),
      remove: new Set(
        chosen.flatMap(({ key, kind }) =>
          key !== null && kind === "removed" && newest?.entries.has(key) === true ? [key] : [],
        ),
      ),
      rename: new Map(),
      retiresOld: new Set(),
    },
    meta: new Map(),
    confirmedRisky: meant,
    restoredFrom: null,
  });
  return { ...saved, seen };
};

/** The next deployment of this revision, or a newer one, takes nothing of theirs away. */
export const markAdopted = async (
  tx: Tx,
  { host, environment }: Pick<SaveContext, "host" | "environment">,
  seen: string,
  keys: readonly string[],
  revision: number,
): Promise<void> => {
  const known = await holdDrift(tx, host.dialect, environment.id);
  if (known.resourceVersion !== seen) return;
  const adopted = new Map([...known.adopted, ...keys.map((key): [string, number] => [key, revision])]);
  await keepKnown(tx, environment.id, host.clock.now(), { ...known, adopted });
};
