import type { SchemaModule } from "kysely";

/** Something that the master key of this database has wrapped: another key is told at the start, before it wraps more. */
export const masterKey = async (schema: SchemaModule, dialect: string): Promise<void> => {
  await schema
    .createTable("master_key")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("wrapped", dialect === "postgres" ? "bytea" : "blob", (c) => c.notNull())
    .execute();
};
