import { count } from "@keyroll/pairs";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Drift } from "../../ports/secret-store.ts";
import { system } from "../actor.ts";
import { storeOf, type Host } from "../host.ts";
import { newestManifest } from "../newest-manifest.ts";
import { appById, environmentById } from "../subject.ts";
import { findDrift } from "./drift.ts";
import { resolveDrift } from "./resolve-drift.ts";

const sweepEvery = 15_000;
/** A save that failed is left alone that long: whoever made it may send it again at once. */
const rest = 10_000;
/** After an error, before the environment is looked at again. */
const pause = 5 * 60_000;
/** Providers tell times in whole seconds, of another clock. */
const skew = 5000;
/** Operations that a sweep looks at. */
const most = 200;

interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * A save that fails half way leaves values in a store whose keys other programs read: no revision has them, and whoever
 * reads past Keyroll does. What was saved is put back there.
 */
export const startTidying = (host: Host): void => {
  const notBefore = new Map<string, number>();
  host.jobs.every("tidy", sweepEvery, async (signal) => {
    for (const [id, spans] of await failed(host)) {
      if (signal.aborted) return;
      if ((notBefore.get(id) ?? 0) > host.clock.now()) continue;
      notBefore.delete(id);
      try {
        if (await tidyEnvironment(host, id, spans, signal)) await markTidied(host, id, spans);
      } catch (error) {
        if (signal.aborted) return;
        notBefore.set(id, host.clock.now() + pause);
        host.log.warn(
          { environment: id, error: error instanceof KeyrollError ? error.code : "internal" },
          "what a failed save left in its store could not be put back yet",
        );
      }
    }
  });
};

/** When saves of an environment were under way that failed, by environment. */
const failed = async (host: Host): Promise<ReadonlyMap<string, readonly Span[]>> => {
  const rows = await host.db
    .selectFrom("operations")
    .select(["environment_id", "begun_at", "settled_at"])
    .where("tidied_at", "is", null)
    .where("outcome", "!=", "done")
    .where("settled_at", "<=", host.clock.now() - rest)
    .orderBy("settled_at")
    .limit(most)
    .execute();
  const spans = new Map<string, Span[]>();
  for (const { environment_id: id, begun_at: from, settled_at: to } of rows)
    spans.set(id ?? "", [...(spans.get(id ?? "") ?? []), { from, to: to ?? from }]);
  return spans;
};

const markTidied = async (host: Host, id: string, spans: readonly Span[]): Promise<void> => {
  await host.db
    .updateTable("operations")
    .set({ tidied_at: host.clock.now() })
    .where("tidied_at", "is", null)
    .where("outcome", "!=", "done")
    .where("settled_at", "<=", Math.max(...spans.map(({ to }) => to)))
    .where((e) => (id === "" ? e("environment_id", "is", null) : e("environment_id", "=", id)))
    .execute();
};

/** Whether nothing is left to do. */
const tidyEnvironment = async (
  host: Host,
  id: string,
  spans: readonly Span[],
  signal: AbortSignal,
): Promise<boolean> => {
  const environment = id === "" ? null : await environmentById(host.db, id);
  const app = environment === null ? null : await appById(host.db, environment.appId);
  if (environment === null || app === null) return true;
  if (!host.stores.kind(environment.storeKind).capabilities.plainReaders) return true;
  const where = { host, app, environment };
  const store = storeOf(host, app, environment);
  // The revision first: what is saved after it makes the putting back a conflict.
  const newest = await newestManifest(host.db, where, { store });
  const left = await findDrift(host.db, where, store, { authors: true, own: null }).catch((error: unknown) => {
    // Somebody is saving: next time.
    if (error instanceof KeyrollError && error.code === "in_use") return null;
    throw error;
  });
  if (left === null) return false;
  const keys = left.filter((drift) => isLeftBy(spans, drift)).map(({ key }) => key);
  if (keys.length === 0 || newest === null) return true;
  await resolveDrift.run(host, {
    actor: system("after a save that failed"),
    params: { app: app.name, env: environment.name },
    query: {},
    input: {
      action: "overwrite",
      keys,
      message: `Put back after a save that failed: ${keys.length > 5 ? count(keys.length, "key") : keys.join(", ")}`,
    },
    ifMatch: newest.revision,
    idempotencyKey: null,
    requestId: null,
    address: null,
    signal,
  });
  // The next look finds nothing more, if all went well.
  return false;
};

/** Written by us, while a save was under way that failed. What anybody else wrote is theirs to decide on. */
const isLeftBy = (spans: readonly Span[], { kind, ours, at, savedIn }: Drift): boolean =>
  kind === "changed" &&
  ours &&
  savedIn !== null &&
  at !== null &&
  spans.some(({ from, to }) => at >= from - skew && at <= to + skew);
