import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { storeOf } from "../host.ts";
import { newestManifest } from "../newest-manifest.ts";
import { query } from "../verb.ts";
import { findDrift, valuesInCluster } from "./drift.ts";

/** What others changed in the store, and where the saved values can still be found. */
export const listDrift = query(routes["drift.list"], async (ctx) => {
  const { db, host, app, environment } = ctx;
  const store = storeOf(host, app, environment);
  const found = await findDrift(db, ctx, store, { authors: true, own: null });
  const newest = await newestManifest(db, ctx, { store });
  const lost = found.filter(({ kind, savedIn }) => kind !== "foreign" && savedIn === null).map(({ key }) => key);
  const inCluster = await valuesInCluster(ctx, store, newest, lost).catch((error: unknown) => {
    // A cluster that cannot be asked has nothing to offer; what is in the store is told all the same.
    if (error instanceof KeyrollError) return new Map<string, never>();
    throw error;
  });
  return {
    revision: newest?.revision ?? 0,
    store: host.stores.kind(environment.storeKind).label,
    drift: found.map(({ key, kind, message, at, by, savedIn }) => {
      const overwrite = savedIn !== null ? ("store" as const) : inCluster.has(key) ? ("cluster" as const) : null;
      return { key, kind, message, at, by, overwrite };
    }),
  };
});
