import { sql, type SchemaModule, type Transaction } from "kysely";

/**
 * When the old values of an environment are to be looked at next, and which revisions have lost theirs. A save makes
 * its environment due: the sweep reads the due ones by an index, however many rest.
 */
export const retention = async <T>(schema: SchemaModule, _dialect: string, tx: Transaction<T>): Promise<void> => {
  await schema
    .alterTable("revisions")
    .addColumn("readable", "integer", (c) => c.notNull().defaultTo(1))
    .execute();
  await schema
    .createTable("retention")
    .addColumn("environment_id", "text", (c) => c.primaryKey().references("environments.id").onDelete("cascade"))
    .addColumn("due_at", "bigint")
    .addColumn("unfinished", "integer", (c) => c.notNull().defaultTo(0))
    .execute();
  await schema.createIndex("retention_due").on("retention").column("due_at").execute();
  await sql`insert into retention (environment_id, due_at) select distinct environment_id, 0 from revisions`.execute(
    tx,
  );
};
