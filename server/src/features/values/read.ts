import { routes } from "@keyroll/contract";
import { query } from "../verb.ts";
import { secretLooking } from "@keyroll/pairs";

/** The newest Helm values; version 0 and empty text before the first save. */
export const getValues = query(routes["values.get"], async ({ db, environment }) => {
  const row = await db
    .selectFrom("helm_values")
    .selectAll()
    .where("environment_id", "=", environment.id)
    .orderBy("version", "desc")
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return { version: 0, text: "", savedAt: null, savedBy: null, warnings: [] };
  return {
    version: row.version,
    text: row.text,
    savedAt: row.saved_at,
    savedBy: row.saved_by,
    warnings: secretLooking(row.text),
  };
});
