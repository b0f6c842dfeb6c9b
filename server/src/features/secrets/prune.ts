import { renewLease, requireLease, type Lease } from "../../database/leases.ts";
import type { Tx } from "../../database/schema.ts";
import type { RevisionInfo } from "../../ports/secret-store.ts";
import { system } from "../actor.ts";
import { writeAudit } from "../audit-entry.ts";
import { storeOf, type Host } from "../host.ts";
import { appById, environmentById, type AppRow, type EnvironmentRow } from "../subject.ts";
import { keptOf, readableRows } from "./kept.ts";

/** A round of deletions in Parameter Store takes some 30 seconds. */
export const leaseLasts = 180_000;
/** Revisions that others may save while old ones go: their numbers are kept beforehand. */
const meanwhile = 1000;

/**
 * Takes old values out of one environment's store. False: some stay for now, because they are too young.
 * @throws {KeyrollError} `lease_lost` when another worker does it; the store's own.
 */
export const pruneEnvironment = async (host: Host, id: string, lease: Lease, signal: AbortSignal): Promise<boolean> => {
  const environment = await environmentById(host.db, id);
  const app = environment === null ? null : await appById(host.db, environment.appId);
  if (environment === null || app === null) return true;
  const { transactional } = host.stores.kind(environment.storeKind).capabilities;
  const store = storeOf(host, app, environment);
  const there = transactional ? null : await store.revisions({ limit: 100_000 });
  const keep = await host.db.transaction().execute(async (tx) => {
    // The row that a new deployment locks too: it sees that a revision is gone, or is seen as needing it.
    await tx
      .updateTable("environments")
      .set((e) => ({ deployment_seq: e.ref("deployment_seq") }))
      .where("id", "=", id)
      .execute();
    await requireLease(host, tx, lease);
    const inScope = storeOf(host, app, environment, tx);
    const found = there ?? (await inScope.revisions({ limit: 100_000 }));
    // What only one of both knows is kept by its age too: a save that was cut off, or a listing that is late.
    const known = new Map([...(await readableRows(tx, id)), ...found].map((one) => [one.revision, one]));
    const kept = await keptOf(
      host.clock,
      tx,
      id,
      [...known.values()].toSorted((a, b) => b.revision - a.revision),
    );
    await markGone(host, tx, { app, environment }, found, kept);
    if (transactional) await inScope.upkeep.prune(kept, lease.fence);
    const newest = found[0]?.revision ?? 0;
    return new Set([...kept, ...Array.from({ length: meanwhile }, (_, i) => newest + 1 + i)]);
  });
  if (transactional) return true;
  while (!signal.aborted) {
    await renewLease(host, lease, leaseLasts);
    if (!(await store.upkeep.prune(keep, lease.fence)).more) break;
  }
  const left = await store.revisions({ limit: 100_000 });
  return !signal.aborted && !left.some(({ revision, readable }) => readable && !keep.has(revision));
};

/** Says in the history, before the first value goes, which revisions cannot be read any more. */
const markGone = async (
  host: Host,
  tx: Tx,
  subject: { readonly app: AppRow; readonly environment: EnvironmentRow },
  there: readonly RevisionInfo[],
  kept: ReadonlySet<number>,
): Promise<void> => {
  const [newest, oldest] = [there[0]?.revision ?? 0, there.at(-1)?.revision ?? 0];
  const worn = new Set(there.filter(({ readable }) => !readable).map(({ revision }) => revision));
  const rows = (await readableRows(tx, subject.environment.id)).map(({ revision }) => revision);
  const gone = rows.filter((one) => one < newest && (one < oldest || worn.has(one) || !kept.has(one)));
  if (gone.length === 0) return;
  await tx
    .updateTable("revisions")
    .set({ readable: 0 })
    .where("environment_id", "=", subject.environment.id)
    .where("revision", "in", gone)
    .execute();
  await tx
    .updateTable("retention")
    .set({ unfinished: 1 })
    .where("environment_id", "=", subject.environment.id)
    .execute();
  const actor = system("retention");
  const details = { revisions: gone.toSorted((a, b) => a - b), left: rows.length - gone.length };
  await writeAudit(tx, host, actor, null, subject, { action: "secrets.prune", details });
};
