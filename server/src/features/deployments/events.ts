import { routes } from "@keyroll/contract";
import { query } from "../verb.ts";

/** Where the journal stands; HTTP streams from there. */
export const streamEvents = query(routes["events.stream"], async ({ db, environment }) => {
  const row = await db
    .selectFrom("environments")
    .select("journal_seq")
    .where("id", "=", environment.id)
    .executeTakeFirstOrThrow();
  return { seq: row.journal_seq };
});
