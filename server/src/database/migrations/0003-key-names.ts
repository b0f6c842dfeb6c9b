import { sql, type SchemaModule, type Transaction } from "kysely";

/**
 * The keys of each environment as they are saved now, and an index of their history. They follow from
 * `revision_changes`; a table of their own is as long as there are keys, however long the history grows.
 */
export const keyNames = async <T>(schema: SchemaModule, _dialect: string, tx: Transaction<T>): Promise<void> => {
  await schema
    .createIndex("revision_changes_of_key")
    .on("revision_changes")
    .columns(["environment_id", "key", "revision"])
    .execute();
  await schema
    .createTable("secret_keys")
    .addColumn("environment_id", "text", (c) => c.notNull().references("environments.id").onDelete("cascade"))
    .addColumn("key", "text", (c) => c.notNull())
    .addColumn("folded", "text", (c) => c.notNull())
    .addColumn("revision", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("secret_keys_key", ["environment_id", "key"])
    .execute();
  await schema
    .createIndex("secret_keys_folded")
    .on("secret_keys")
    .columns(["folded", "environment_id", "key"])
    .execute();
  await sql`
    insert into secret_keys (environment_id, key, folded, revision)
    select c.environment_id, c.key, lower(c.key), c.revision from revision_changes c
    where c.op <> 'removed' and c.revision = (
      select max(d.revision) from revision_changes d where d.environment_id = c.environment_id and d.key = c.key
    )`.execute(tx);
};
