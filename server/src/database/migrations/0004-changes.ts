import { sql, type SchemaModule, type Transaction } from "kysely";

/**
 * PostgreSQL tells its listeners what a transaction changed, when it commits. A trigger, so that no statement can
 * forget it (SQLite has the same ones, made at its opening: `sqlite.ts`). And what sweeps look for gets its indexes.
 */
export const changes = async <T>(schema: SchemaModule, dialect: string, tx: Transaction<T>): Promise<void> => {
  await schema
    .createIndex("deployment_runs_state")
    .on("deployment_runs")
    .columns(["state", "environment_id"])
    .execute();
  await schema
    .createIndex("operations_open")
    .on("operations")
    .column("holder")
    .where("settled_at" as never, "is", null)
    .execute();
  if (dialect === "sqlite") return;
  await sql`
    create function keyroll_tell_journal() returns trigger language plpgsql as $$
    begin
      perform pg_notify('keyroll_changes', 'journal:' || new.environment_id);
      return null;
    end $$`.execute(tx);
  await sql`
    create trigger journal_told after insert on journal
    for each row execute function keyroll_tell_journal()`.execute(tx);
  await sql`
    create function keyroll_tell_access() returns trigger language plpgsql as $$
    begin
      perform pg_notify('keyroll_changes', 'access');
      return null;
    end $$`.execute(tx);
  for (const [table, event] of [
    ["sessions", "delete"],
    ["tokens", "update of revoked_at or delete"],
    ["members", "update or delete"],
  ] as const) {
    await sql`
      create trigger ${sql.raw(`${table}_told after ${event} on ${table}`)}
      for each statement execute function keyroll_tell_access()`.execute(tx);
  }
};
