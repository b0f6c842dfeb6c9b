import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { count, isRiskyKey, limits } from "@keyroll/pairs";
import type { Change, Drift, Manifest, SecretStore } from "../../ports/secret-store.ts";
import { storeOf } from "../host.ts";
import { newestManifest } from "../newest-manifest.ts";
import { operation } from "../operation.ts";
import { isAtomic, readBack, recoverSave, settleSave, type SaveContext, type SaveIntent } from "./save.ts";
import { findDrift, valuesInCluster } from "./drift.ts";
import { named } from "./purge.ts";

/** Takes what others did as a new revision, or puts back what was saved: all of the keys, or none and the reason. */
export const resolveDrift = operation(routes["drift.resolve"], {
  atomic: isAtomic,
  begin: async ({ host, input, ifMatch, begin }) => {
    const keys = [...new Set(input.keys)];
    const what = input.action === "adopt" ? "Adopt from the store" : "Put back in the store";
    const intent: SaveIntent = {
      txn: host.random.id(),
      base: ifMatch,
      message: input.message ?? `${what}: ${keys.length > 5 ? count(keys.length, "key") : keys.join(", ")}`,
      restoredFrom: null,
      retiresOld: [],
      purge: [],
      drift: { action: input.action, keys },
    };
    return await begin(null, intent);
  },
  effect: async (ctx, intent) => {
    const { host, app, environment, input, tx } = ctx;
    const store = storeOf(host, app, environment, tx);
    const newest = await newestManifest(tx ?? host.db, ctx, { store, atLeast: intent.base });
    if ((newest?.revision ?? 0) !== intent.base) throw conflict(intent.base, newest);
    const keys = intent.drift?.keys ?? [];
    const drift = byKey(await findDrift(tx ?? host.db, ctx, store, { authors: false, own: ctx.operation }), keys);
    const changes =
      input.action === "adopt"
        ? adopting(newest, drift, new Set(input.confirmRisky))
        : await overwriting(ctx, store, newest, drift);
    const result = await store.commit(
      { expect: intent.base, txn: intent.txn, changes },
      { signal: ctx.signal, progress: ctx.progress },
    );
    if ("conflict" in result) throw conflict(intent.base, result.conflict);
    const warnings = await readBack(ctx, store, result.done, changes);
    return {
      manifest: result.done,
      before: newest,
      changed: true,
      verified: warnings.length === 0,
      mergedWith: null,
      warnings,
      meta: new Map(),
      renamed: new Map(),
      retiresOld: new Set<string>(),
    };
  },
  settle: async (ctx, intent, saved) => await settleSave(ctx, intent, saved),
  recover: recoverSave,
});

const conflict = (base: number, newest: Manifest | null): KeyrollError =>
  new KeyrollError(
    "revision_conflict",
    `Somebody saved meanwhile: the newest revision is ${newest?.revision ?? 0}, not ${base}. Nothing was changed.`,
    { limit: newest?.revision ?? 0, actual: base, next: "Look at the drift again, then decide.", changed: false },
  );

/** Those that are to be resolved. @throws {KeyrollError} `not_found`: some do not differ (any more). */
const byKey = (found: readonly Drift[], keys: readonly string[]): readonly Drift[] => {
  const wanted = found.filter(({ key }) => keys.includes(key));
  const missing = keys.filter((key) => !wanted.some((drift) => drift.key === key));
  if (missing.length === 0) return wanted;
  throw new KeyrollError(
    "not_found",
    `${named(missing)} ${missing.length === 1 ? "is" : "are"} in the store as saved: there is nothing to resolve.`,
    { field: "keys", keys: missing, next: "Look at the drift again: `keyroll drift`.", changed: false },
  );
};

/**
 * @throws {KeyrollError} `limit_exceeded`: more pairs than an environment has; `confirmation_required`: a name that
 * changes what a process loads or trusts.
 */
const adopting = (newest: Manifest | null, drift: readonly Drift[], meant: ReadonlySet<string>): Change[] => {
  const risky = drift.flatMap(({ key, kind }) =>
    kind === "foreign" && isRiskyKey(key) && !meant.has(key) ? [key] : [],
  );
  if (risky.length > 0)
    throw new KeyrollError(
      "confirmation_required",
      `${named(risky)} ${risky.length === 1 ? "changes" : "change"} what a process loads or trusts.`,
      {
        keys: risky,
        next: `Confirm it in confirmRisky (\`--confirm-risky ${risky.join(",")}\`), or leave it out.`,
        changed: false,
      },
    );
  const keys = new Set(newest?.entries.keys());
  for (const { key, kind } of drift) {
    if (kind === "missing") keys.delete(key);
    else keys.add(key);
  }
  if (keys.size > limits.pairs)
    throw new KeyrollError(
      "limit_exceeded",
      `With what is adopted the environment would have ${keys.size} pairs; ${limits.pairs} are allowed.`,
      { field: "keys", limit: limits.pairs, actual: keys.size, next: "Adopt fewer, or remove keys.", changed: false },
    );
  return drift.map(({ key, kind }): Change => (kind === "missing" ? { op: "remove", key } : { op: "adopt", key }));
};

/** @throws {KeyrollError} `invalid`: no saved value is to be had. */
const overwriting = async (
  ctx: Pick<SaveContext, "host" | "app" | "environment">,
  store: SecretStore,
  newest: Manifest | null,
  drift: readonly Drift[],
): Promise<Change[]> => {
  const foreign = drift.filter(({ kind }) => kind === "foreign").map(({ key }) => key);
  if (foreign.length > 0)
    throw new KeyrollError("invalid", `${named(foreign)} was never saved here: nothing can be put back.`, {
      field: "keys",
      keys: foreign,
      next: "Adopt it, or delete it in the store.",
      changed: false,
    });
  const lost = drift.filter(({ savedIn }) => savedIn === null).map(({ key }) => key);
  const inCluster = await valuesInCluster(ctx, store, newest, lost);
  const nowhere = lost.filter((key) => !inCluster.has(key));
  if (nowhere.length > 0)
    throw new KeyrollError(
      "invalid",
      `The saved value of ${named(nowhere)} is neither in the store nor in the cluster any more.`,
      {
        field: "keys",
        keys: nowhere,
        next: "Save a new value, or adopt what is there: a deleted key is then removed.",
        changed: false,
      },
    );
  const changes: Change[] = [];
  for (const revision of new Set(drift.flatMap(({ savedIn }) => savedIn ?? []))) {
    const keys = drift.filter(({ savedIn }) => savedIn === revision).map(({ key }) => key);
    for (const [key, value] of await store.read(revision, keys)) changes.push({ op: "mend", key, value });
  }
  for (const [key, value] of inCluster) changes.push({ op: "mend", key, value });
  return changes;
};
