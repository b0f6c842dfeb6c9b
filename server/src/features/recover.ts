import { heldScopes } from "../database/leases.ts";
import type { Host } from "./host.ts";
import { recoverable } from "./index.ts";
import { presenceOf } from "./presence.ts";

const sweepEvery = 5000;
/** Dead servers' leases are kept for a day: somebody may want to know. */
const forgetAfter = 24 * 3600_000;

/** Settles what a crash cut off, at start and on a timer: no operation waits for its own server to come back. */
export const startRecovery = (host: Host): void => {
  host.jobs.every("recover", sweepEvery, async (signal) => await recoverOperations(host, signal));
};

/** Each operation that began and never ended, and with which no server is at work, asks its own `recover`. */
const recoverOperations = async (host: Host, signal: AbortSignal): Promise<void> => {
  const open = await host.db
    .selectFrom("operations")
    .selectAll()
    .where("settled_at", "is", null)
    .orderBy("begun_at")
    .execute();
  // One of our own that nobody is at work with could not be handed on, because the database was away at its end.
  const rows = open.filter(({ id, holder }) => holder !== host.instance || !host.working.has(id));
  const living = await heldScopes(
    host,
    rows.map(({ holder }) => presenceOf(holder)),
  );
  for (const row of rows) {
    if (signal.aborted) return;
    if (row.holder !== host.instance && living.has(presenceOf(row.holder))) continue;
    if (!(await take(host, row.id, row.holder, host.instance))) continue;
    const verb = recoverable.get(row.route);
    host.working.add(row.id);
    try {
      const outcome =
        verb === undefined
          ? "nothing to recover"
          : await verb.recover(host, {
              id: row.id,
              environmentId: row.environment_id,
              intent: JSON.parse(row.intent),
              begunAt: row.begun_at,
            });
      await host.db
        .updateTable("operations")
        .set({ settled_at: host.clock.now(), outcome })
        .where("id", "=", row.id)
        .where("holder", "=", host.instance)
        .execute();
      host.log.warn({ operation: row.id, route: row.route, outcome }, "recovered an operation that was cut off");
    } catch (error) {
      // A store that cannot be reached now: the next look tries again, here or elsewhere.
      await take(host, row.id, host.instance, row.holder).catch(() => false);
      host.log.error(
        { operation: row.id, route: row.route, error: error instanceof Error ? error.name : "?" },
        "an operation that was cut off could not be recovered yet",
      );
    } finally {
      host.working.delete(row.id);
    }
  }
  await host.db
    .deleteFrom("leases")
    .where("scope", "like", presenceOf("%"))
    .where("expires_at", "<", host.clock.now() - forgetAfter)
    .execute();
};

/** Makes it ours: from here on a server that was only paused cannot settle it any more. False: another was faster. */
const take = async (host: Host, id: string, from: string, to: string): Promise<boolean> => {
  const done = await host.db
    .updateTable("operations")
    .set({ holder: to })
    .where("id", "=", id)
    .where("holder", "=", from)
    .where("settled_at", "is", null)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
};
