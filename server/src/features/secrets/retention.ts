import { KeyrollError } from "@keyroll/contract/errors";
import { acquireLease, releaseLease } from "../../database/leases.ts";
import { setDue } from "../../database/retention.ts";
import type { Host } from "../host.ts";
import { environmentById } from "../subject.ts";
import { day, keptOf, readableRows, retained, type Numbered } from "./kept.ts";
import { leaseLasts, pruneEnvironment } from "./prune.ts";

/** A look is one read of an index. */
const sweepEvery = 15_000;
/** After an error, before the environment is tried again. */
const pause = 3_600_000;
/** Environments that a sweep reads at a time. */
const page = 50;

/** Takes the values of old revisions out of the stores, of environments that changed since the last look. */
export const startRetention = (host: Host): void => {
  host.jobs.every("retention", sweepEvery, async (signal) => await sweepRetention(host, signal));
};

/** Every environment that is due, one after the other; one that fails is tried again later and stops no other. */
export const sweepRetention = async (host: Host, signal: AbortSignal): Promise<void> => {
  const began = host.clock.now();
  for (;;) {
    const due = await host.db
      .selectFrom("retention")
      .select(["environment_id", "due_at", "unfinished"])
      .where("due_at", "<=", began)
      .orderBy("due_at")
      .limit(page)
      .execute();
    if (due.length === 0) return;
    for (const { environment_id: id, due_at: dueAt, unfinished } of due) {
      if (signal.aborted) return;
      try {
        await retain(host, id, { dueAt: dueAt ?? 0, isUnfinished: unfinished === 1 }, signal);
      } catch (error) {
        if (signal.aborted) return;
        await setDue(host.db, id, host.clock.now() + pause);
        host.log.error(
          { environment: id, error: error instanceof KeyrollError ? error.code : "internal" },
          "old values could not be removed yet",
        );
      }
    }
  }
};

const retain = async (
  host: Host,
  id: string,
  { dueAt, isUnfinished }: { dueAt: number; isUnfinished: boolean },
  signal: AbortSignal,
): Promise<void> => {
  const seen = await readableRows(host.db, id);
  const kept = await keptOf(host.clock, host.db, id, seen);
  const { transactional, revisionsKept } = host.stores.kind(
    (await environmentById(host.db, id))?.storeKind ?? "local",
  ).capabilities;
  const isOver = !transactional && revisionsKept !== null && seen.length > revisionsKept;
  if (!isOver && !isUnfinished && seen.every(({ revision }) => kept.has(revision))) {
    await settle(host, id, seen, kept, dueAt);
    return;
  }
  const lease = await acquireLease(host, `retention:${id}`, host.instance, leaseLasts);
  // Somebody else is at it, and says when it is due again.
  if (lease === null) {
    await setDue(host.db, id, host.clock.now() + leaseLasts);
    return;
  }
  try {
    const isDone = await pruneEnvironment(host, id, lease, signal);
    if (signal.aborted && !isDone) return;
    const rows = await readableRows(host.db, id);
    if (isDone) await settle(host, id, rows, await keptOf(host.clock, host.db, id, rows), dueAt);
    else await setDue(host.db, id, host.clock.now() + day);
  } catch (error) {
    if (!(error instanceof KeyrollError && error.code === "lease_lost")) throw error;
    await setDue(host.db, id, host.clock.now() + leaseLasts);
    host.log.warn({ environment: id }, "another worker removes old values of this environment");
  } finally {
    await releaseLease(host, lease);
  }
};

/** The next look: when the next revision grows old, or tomorrow when one stays only because a deployment needs it. */
const settle = async (
  host: Host,
  id: string,
  rows: readonly Numbered[],
  kept: ReadonlySet<number>,
  dueAt: number,
): Promise<void> => {
  const now = host.clock.now();
  const beyond = rows.slice(retained.revisions).filter(({ revision }) => kept.has(revision));
  const times = beyond.map(({ at }) => Math.max(at + retained.days * day + 1, now + day));
  await host.db
    .updateTable("retention")
    .set({ due_at: times.length === 0 ? null : Math.min(...times), unfinished: 0 })
    .where("environment_id", "=", id)
    // What was saved meanwhile has made it due again.
    .where("due_at", "=", dueAt)
    .execute();
};
