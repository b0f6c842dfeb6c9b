import type { SchemaModule } from "kysely";

/** How the cluster of a connection keeps Secrets, as it was last looked at: the badge does not ask each time. */
export const encryption = async (schema: SchemaModule): Promise<void> => {
  await schema.alterTable("connections").addColumn("encryption", "text").execute();
};
