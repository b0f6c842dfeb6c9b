import type { SchemaModule } from "kysely";

/** What others have changed in the cluster, as far as it is known: one row for each environment that was looked at. */
export const drift = async (schema: SchemaModule): Promise<void> => {
  await schema
    .createTable("known_drift")
    .addColumn("environment_id", "text", (c) => c.primaryKey().references("environments.id").onDelete("cascade"))
    .addColumn("looked_at", "bigint", (c) => c.notNull())
    .addColumn("resource_version", "text")
    .addColumn("entries", "text", (c) => c.notNull())
    .addColumn("open", "integer", (c) => c.notNull())
    .addColumn("adopted", "text", (c) => c.notNull())
    .addColumn("accepted_release", "bigint")
    .addColumn("reverted_at", "bigint")
    .execute();
};
