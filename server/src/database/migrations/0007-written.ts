import type { SchemaModule } from "kysely";

/** How many values of a save are written, of how many, and the seconds it still takes. */
export const written = async (schema: SchemaModule): Promise<void> => {
  await schema.alterTable("operations").addColumn("progress", "text").execute();
};
