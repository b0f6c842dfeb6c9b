import type { SchemaModule } from "kysely";

/** Which failed operations may have left values in a store that other programs read. */
export const tidied = async (schema: SchemaModule): Promise<void> => {
  await schema.alterTable("operations").addColumn("tidied_at", "bigint").execute();
  await schema
    .createIndex("operations_untidied")
    .on("operations")
    .column("settled_at")
    .where("tidied_at" as never, "is", null)
    .where("outcome" as never, "!=", "done" as never)
    .execute();
};
