import type { SchemaModule } from "kysely";

/** Token buckets of the providers' quotas, one for each account, Region and operation; shared by servers on PostgreSQL. */
export const pacerBuckets = async (schema: SchemaModule): Promise<void> => {
  await schema
    .createTable("pacer_buckets")
    .addColumn("name", "text", (c) => c.primaryKey())
    .addColumn("version", "bigint", (c) => c.notNull())
    .addColumn("tokens", "double precision", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .addColumn("rate_share", "double precision", (c) => c.notNull())
    .addColumn("burst_share", "double precision", (c) => c.notNull())
    .addColumn("slowed_at", "bigint", (c) => c.notNull())
    .execute();
};
