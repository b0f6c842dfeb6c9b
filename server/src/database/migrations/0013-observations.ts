import type { SchemaModule } from "kysely";

/** What was last seen of each environment in its cluster, and when each cluster was last looked at. No value, no key. */
export const observations = async (schema: SchemaModule): Promise<void> => {
  await schema
    .createTable("observations")
    .addColumn("environment_id", "text", (c) => c.primaryKey().references("environments.id").onDelete("cascade"))
    .addColumn("mark", "text", (c) => c.notNull())
    .addColumn("at", "bigint", (c) => c.notNull())
    .addColumn("mirror", "text", (c) => c.notNull())
    .addColumn("in_cluster", "bigint")
    .addColumn("counts", "text", (c) => c.notNull())
    .addColumn("trouble", "text")
    .addColumn("trouble_since", "bigint")
    .execute();
  await schema
    .createTable("connection_looks")
    .addColumn("connection_id", "text", (c) => c.primaryKey().references("connections.id").onDelete("cascade"))
    .addColumn("at", "bigint")
    .addColumn("took", "bigint")
    .addColumn("trouble", "text")
    .addColumn("trouble_since", "bigint")
    .execute();
  // Few are under way, of the many that there were.
  await schema
    .createIndex("deployment_runs_unfinished")
    .on("deployment_runs")
    .column("environment_id")
    .where("state" as never, "!=", "done" as never)
    .execute();
};
