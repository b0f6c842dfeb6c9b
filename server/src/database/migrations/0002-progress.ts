import type { SchemaModule } from "kysely";

/** Operations that outlive their request: how far they are, whether somebody wants them stopped, what they answered. */
export const progress = async (schema: SchemaModule): Promise<void> => {
  const column = (name: string) => schema.alterTable("operations").addColumn(name, "text");
  await schema
    .alterTable("operations")
    .addColumn("share", "double precision", (c) => c.notNull().defaultTo(0))
    .execute();
  await schema
    .alterTable("operations")
    .addColumn("cancel_requested", "integer", (c) => c.notNull().defaultTo(0))
    .execute();
  await column("result").execute();
  await column("problem").execute();
};
