import { routes, type InputOf, type Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { count, isRiskyKey, limits } from "@keyroll/pairs";
import { appendJournal } from "../../database/journal.ts";
import type { Tx } from "../../database/schema.ts";
import type { Change, Drift, Manifest, SecretStore } from "../../ports/secret-store.ts";
import { storeOf } from "../host.ts";
import { newestManifest } from "../newest-manifest.ts";
import { operation } from "../operation.ts";
import { isAtomic, readBack, recoverSave, settleSave, type SaveContext, type Saved, type SaveIntent } from "./save.ts";
import { lookForDrift } from "../cluster-drift.ts";
import { isAllowed } from "../actor.ts";
import { holdDrift, keepKnown } from "../known-drift.ts";
import { openTarget } from "../open-target.ts";
import { putBack } from "../put-back.ts";
import { adoptFromCluster, markAdopted } from "./adopt-cluster.ts";
import { findDrift, valuesInCluster } from "./drift.ts";
import { named } from "./purge.ts";

/** Takes what others did as a new revision, or puts back what was saved: all of the keys, or none and the reason. */
export const resolveDrift = operation(routes["drift.resolve"], {
  // A cluster is not waited for with a transaction open.
  atomic: (ctx) => ctx.input.place === "store" && isAtomic(ctx),
  begin: async ({ host, actor, input, ifMatch, begin }) => {
    const { place } = input;
    const keys = [...new Set(input.keys)];
    refuseEarly(input, isAllowed(actor, "deployment:write"));
    const what = input.action === "adopt" ? `Adopt from the ${place}` : "Put back in the store";
    const intent: SaveIntent = {
      txn: host.random.id(),
      base: ifMatch,
      message: input.message ?? `${what}: ${keys.length > 5 ? count(keys.length, "key") : keys.join(", ")}`,
      restoredFrom: null,
      retiresOld: [],
      purge: [],
      drift: { action: input.action, place, keys },
    };
    return await begin(null, intent);
  },
  effect: async (ctx, intent): Promise<Resolved> => {
    const { place, action, confirmRisky } = ctx.input;
    if (place === "cluster" && action === "adopt") {
      const { seen, ...saved } = await adoptFromCluster(ctx, intent, new Set(confirmRisky));
      return { saved, seen, put: null, release: null };
    }
    if (place !== "store") {
      const manifest = await newestManifest(ctx.host.db, ctx);
      const saved = { ...unchanged, manifest, before: manifest };
      if (place === "release") return { saved, seen: null, put: null, release: await liveRelease(ctx) };
      return {
        saved,
        seen: null,
        put: await putBack(ctx, intent.drift?.keys ?? [], { byItself: ctx.actor.kind === "system" }),
        release: null,
      };
    }
    return { saved: await resolveInStore(ctx, intent), seen: null, put: null, release: null };
  },
  settle: async (ctx, intent, { saved, seen, put, release }) => {
    const keys = intent.drift?.keys ?? [];
    if (seen !== null) await markAdopted(ctx.tx, ctx, seen, keys, saved.manifest?.revision ?? 0);
    if (release !== null) await acceptRelease(ctx.tx, ctx, release);
    const settled = await settleSave(ctx, intent, saved);
    if (put === null && release === null) return settled;
    const details = release === null ? { place: "cluster", keys: put } : { place: "release", helmRevision: release };
    return await ctx.commit({ action: `drift.${ctx.input.action}`, details }, settled.result);
  },
  recover: recoverSave,
});

interface Resolved {
  readonly saved: Saved;
  /** resourceVersion of the Secret whose values were adopted. */
  readonly seen: string | null;
  /** Keys that were written into the Secret again. */
  readonly put: readonly string[] | null;
  /** The Helm revision that counts as ours from now on. */
  readonly release: number | null;
}

const unchanged = {
  changed: false,
  verified: true,
  mergedWith: null,
  warnings: [],
  meta: new Map(),
  renamed: new Map(),
  retiresOld: new Set<string>(),
} as const;

/** What needs no look at the places. @throws {KeyrollError} */
const refuseEarly = (
  { place, action, keys }: Pick<InputOf<Routes["drift.resolve"]>, "place" | "action" | "keys">,
  mayDeploy: boolean,
): void => {
  if (place === "release" && action === "overwrite")
    throw new KeyrollError("invalid", "A release is put back by deploying again: that is a new Helm revision.", {
      field: "action",
      next: "Deploy with consent: `keyroll deploy --overwrite-drift`.",
      changed: false,
    });
  if (!mayDeploy && (place === "release" || (place === "cluster" && action === "overwrite")))
    throw new KeyrollError("not_allowed", "This changes what is deployed: it needs the permission deployment:write.");
  if (keys.length === 0 && (place === "store" || (place === "cluster" && action === "adopt")))
    throw new KeyrollError("invalid", "keys: name at least one.", {
      field: "keys",
      limit: 1,
      actual: 0,
      next: "`keyroll drift` lists what differs.",
      changed: false,
    });
};

/** The Helm revision that is there now. @throws {KeyrollError} `not_found`: the release is as it was deployed. */
const liveRelease = async (ctx: Pick<SaveContext, "host" | "app" | "environment">): Promise<number> => {
  const target = await openTarget(ctx.host, ctx.app, ctx.environment);
  const { entries } = await lookForDrift(ctx, { target });
  const revision = entries.some(({ place }) => place === "release") ? (await target.release([]))?.revision : null;
  if (revision !== null && revision !== undefined) return revision;
  throw new KeyrollError("not_found", "No Helm revision of somebody else's is there to be accepted.", {
    next: "Look at the drift again: `keyroll drift`.",
    changed: false,
  });
};

const acceptRelease = async (
  tx: Tx,
  { host, environment }: Pick<SaveContext, "host" | "environment">,
  revision: number,
): Promise<void> => {
  const known = await holdDrift(tx, host.dialect, environment.id);
  const entries = known.entries.filter(({ place }) => place !== "release");
  await keepKnown(tx, environment.id, host.clock.now(), { ...known, entries, acceptedRelease: revision });
  await appendJournal(tx, environment.id, null, host.clock.now(), {
    type: "drift",
    state: "adopted",
    place: "release",
    message: `Helm revision ${revision} was accepted: which chart and values it has is not known here.`,
  });
};

type StoreContext = SaveContext & {
  readonly input: InputOf<Routes["drift.resolve"]>;
  readonly operation: string | null;
};

/** Takes what lies in the store as a new revision, or puts back there what was saved. */
const resolveInStore = async (ctx: StoreContext, intent: SaveIntent): Promise<Saved> => {
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
    ...unchanged,
    manifest: result.done,
    before: newest,
    changed: true,
    verified: warnings.length === 0,
    warnings,
  };
};

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
