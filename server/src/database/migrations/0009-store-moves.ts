import type { SchemaModule } from "kysely";

/**
 * Environments that move to another store: which numbers their revisions have there, that a move is under way, and
 * where the copy lies that it left behind.
 */
export const storeMoves = async (schema: SchemaModule): Promise<void> => {
  for (const name of ["store_numbers", "moving", "moved_from", "moved_facts"])
    await schema.alterTable("environments").addColumn(name, "text").execute();
};
