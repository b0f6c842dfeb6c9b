import type { Host } from "./host.ts";
import { recoverable } from "./index.ts";

/** An operation of a process that is still alive is not touched before this time has passed. */
const patience = 10 * 60_000;

/** Settles what a crash cut off: at start, each operation that began and never ended asks its own `recover`. */
export const recoverOperations = async (host: Host): Promise<void> => {
  const rows = await host.db
    .selectFrom("operations")
    .selectAll()
    .where("settled_at", "is", null)
    .where("holder", "!=", host.instance)
    .execute();
  for (const row of rows) {
    if (host.dialect === "postgres" && row.begun_at > host.clock.now() - patience) continue;
    const verb = recoverable.get(row.route);
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
      .execute();
    host.log.warn({ operation: row.id, route: row.route, outcome }, "recovered an operation that was cut off");
  }
};
