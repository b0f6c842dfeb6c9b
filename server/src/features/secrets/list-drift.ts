import { routes, type OutputOf, type Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { publishedRevision } from "../../database/deployed-goals.ts";
import { lookForDrift } from "../cluster-drift.ts";
import { storeOf } from "../host.ts";
import { isPaused, knownDrift, openEntries } from "../known-drift.ts";
import { newestManifest } from "../newest-manifest.ts";
import { query, type QueryContext } from "../verb.ts";
import { findDrift, valuesInCluster } from "./drift.ts";

type Context = QueryContext<Routes["drift.list"]>;
type Entry = OutputOf<Routes["drift.list"]>["drift"][number];

/** What others changed in the store, in the cluster and in the release, and what of it can be put back. */
export const listDrift = query(routes["drift.list"], async (ctx) => {
  const { db, host, environment } = ctx;
  const { settings } = environment;
  // One after the other: the cluster is compared with what the store has.
  const { revision, drift: stored } = await inStore(ctx);
  const { drift: deployed, unknown } = await inCluster(ctx);
  return {
    revision,
    store: host.stores.kind(environment.storeKind).label,
    drift: [...stored, ...deployed],
    deployed: environment.type === "process" ? null : await publishedRevision(db, environment.id),
    mode: settings.drift,
    pausedUntil: isPaused(settings, host.clock.now()) ? settings.driftPausedUntil : null,
    unknown,
  };
});

const inStore = async (ctx: Context): Promise<{ readonly revision: number; readonly drift: readonly Entry[] }> => {
  const { db, host, app, environment } = ctx;
  const store = storeOf(host, app, environment);
  const found = await findDrift(db, ctx, store, { authors: true, own: null });
  const newest = await newestManifest(db, ctx, { store });
  const lost = found.filter(({ kind, savedIn }) => kind !== "foreign" && savedIn === null).map(({ key }) => key);
  const there = await valuesInCluster(ctx, store, newest, lost).catch((error: unknown) => {
    // A cluster that cannot be asked has nothing to offer; what is in the store is told all the same.
    if (error instanceof KeyrollError) return new Map<string, never>();
    throw error;
  });
  return {
    revision: newest?.revision ?? 0,
    drift: found.map(({ key, kind, message, at, by, savedIn }) => {
      const overwrite = savedIn !== null ? ("store" as const) : there.has(key) ? ("cluster" as const) : null;
      return { place: "store", key, kind, message, at, by, overwrite };
    }),
  };
};

const inCluster = async (
  ctx: Context,
): Promise<{ readonly drift: readonly Entry[]; readonly unknown: string | null }> => {
  const { db, environment } = ctx;
  const view = (entries: ReturnType<typeof openEntries>): Entry[] =>
    entries.map((entry) => ({ ...entry, overwrite: entry.place === "cluster" ? "store" : null }));
  try {
    return { drift: view(openEntries(await lookForDrift(ctx))), unknown: null };
  } catch (error) {
    if (!(error instanceof KeyrollError)) throw error;
    return { drift: view(openEntries(await knownDrift(db, environment.id))), unknown: error.message };
  }
};
