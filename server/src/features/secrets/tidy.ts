import { count } from "@keyroll/pairs";
import { KeyrollError } from "@keyroll/contract/errors";
import { acquireLease, releaseLease } from "../../database/leases.ts";
import type { Drift, SecretStore } from "../../ports/secret-store.ts";
import { system } from "../actor.ts";
import { writeAudit } from "../audit-entry.ts";
import { storeOf, type Host } from "../host.ts";
import { newestManifest } from "../newest-manifest.ts";
import { appById, environmentById, type AppRow, type EnvironmentRow } from "../subject.ts";
import { findDrift } from "./drift.ts";
import { day } from "./kept.ts";
import { leaseLasts } from "./prune.ts";
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
/** Before an environment is looked at again in which something is too young to go. */
const later = 3_600_000;

interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * A save that fails half way leaves values in a store whose keys other programs read: no revision has them, and whoever
 * reads past Keyroll does. What was saved is put back there; what was never saved is deleted, a day later, because a
 * deletion is final and nothing that a save is still at may go.
 */
export const startTidying = (host: Host): void => {
  const notBefore = new Map<string, number>();
  host.jobs.every("tidy", sweepEvery, async (signal) => await sweepTidy(host, notBefore, signal));
};

/** One look at every environment with a failed save. `notBefore`: when one may be looked at again, by environment. */
export const sweepTidy = async (host: Host, notBefore: Map<string, number>, signal: AbortSignal): Promise<void> => {
  for (const [id, at] of notBefore) if (at <= host.clock.now()) notBefore.delete(id);
  for (const [id, spans] of await failed(host, [...notBefore.keys()])) {
    if (signal.aborted) return;
    try {
      const left = await tidyEnvironment(host, id, spans, signal);
      if (left === "nothing") await markTidied(host, id, spans);
      if (left === "young") notBefore.set(id, host.clock.now() + later);
    } catch (error) {
      if (signal.aborted) return;
      notBefore.set(id, host.clock.now() + pause);
      host.log.warn(
        { environment: id, error: error instanceof KeyrollError ? error.code : "internal" },
        "what a failed save left in its store could not be put back yet",
      );
    }
  }
};

/** When saves of an environment were under way that failed, by environment. */
const failed = async (host: Host, without: readonly string[]): Promise<ReadonlyMap<string, readonly Span[]>> => {
  const rows = await host.db
    .selectFrom("operations")
    .select(["environment_id", "begun_at", "settled_at"])
    .where("tidied_at", "is", null)
    .where("outcome", "!=", "done")
    .where("settled_at", "<=", host.clock.now() - rest)
    .$if(without.length > 0, (rows) =>
      rows.where((e) => e.or([e("environment_id", "is", null), e("environment_id", "not in", without)])),
    )
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

/** What is left to do: `young` is what has to grow older first. */
const tidyEnvironment = async (
  host: Host,
  id: string,
  spans: readonly Span[],
  signal: AbortSignal,
): Promise<"nothing" | "young" | "more"> => {
  const environment = id === "" ? null : await environmentById(host.db, id);
  const app = environment === null ? null : await appById(host.db, environment.appId);
  if (environment === null || app === null) return "nothing";
  if (!host.stores.kind(environment.storeKind).capabilities.plainReaders) return "nothing";
  const where = { host, app, environment };
  const store = storeOf(host, app, environment);
  // The revision first: what is saved after it makes the putting back a conflict.
  const newest = await newestManifest(host.db, where, { store });
  const left = await findDrift(host.db, where, store, { authors: true, own: null }).catch((error: unknown) => {
    // Somebody is saving: next time.
    if (error instanceof KeyrollError && error.code === "in_use") return null;
    throw error;
  });
  if (left === null) return "more";
  const ours = left.filter((drift) => isLeftBy(spans, drift));
  const keys = ours.filter(({ savedIn }) => savedIn !== null).map(({ key }) => key);
  if (keys.length === 0 || newest === null) {
    const never = ours.filter(({ kind }) => kind === "foreign");
    return never.length === 0 ? "nothing" : await discardOld(where, store, never);
  }
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
  return "more";
};

/** Takes away what is a day old, under the lease of whoever deletes in this environment; what cannot go is tried later. */
const discardOld = async (
  where: { readonly host: Host; readonly app: AppRow; readonly environment: EnvironmentRow },
  store: SecretStore,
  never: readonly Drift[],
): Promise<"young" | "more"> => {
  const { host, environment } = where;
  const old = never.filter(({ at }) => at !== null && at <= host.clock.now() - day).map(({ key }) => key);
  if (old.length === 0) return "young";
  const lease = await acquireLease(host, `retention:${environment.id}`, host.instance, leaseLasts);
  if (lease === null) return "more";
  try {
    const entry = { action: "secrets.prune", details: { neverSaved: old } };
    const actor = system("after a save that failed");
    await host.db.transaction().execute(async (tx) => await writeAudit(tx, host, actor, null, where, entry));
    await store.upkeep.discard(old, lease.fence);
    return "more";
  } catch (error) {
    if (!(error instanceof KeyrollError)) throw error;
    const facts = { environment: environment.id, error: error.code };
    host.log.warn(facts, "what a failed save left in its store could not be deleted yet");
    return "young";
  } finally {
    await releaseLease(host, lease);
  }
};

/** Written by us, while a save was under way that failed. What anybody else wrote is theirs to decide on. */
const isLeftBy = (spans: readonly Span[], { kind, ours, at, savedIn }: Drift): boolean =>
  (kind === "foreign" || (kind === "changed" && savedIn !== null)) &&
  ours &&
  at !== null &&
  spans.some(({ from, to }) => at >= from - skew && at <= to + skew);
