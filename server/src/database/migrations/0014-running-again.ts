import type { SchemaModule } from "kysely";

/** The operation that a request under an Idempotency-Key has begun: who sends it again is shown that one. */
export const runningAgain = async (schema: SchemaModule): Promise<void> => {
  await schema.alterTable("idempotency").addColumn("operation", "text").execute();
};
