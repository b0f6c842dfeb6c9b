import type { Reader } from "./schema.ts";

/** Keys whose value between two revisions was said to be dead: they never go back. */
export const retiredSince = async (
  db: Reader,
  environmentId: string,
  older: number,
  newer: number,
): Promise<string[]> => {
  const rows = await db
    .selectFrom("revision_changes")
    .select("key")
    .distinct()
    .where("environment_id", "=", environmentId)
    .where("revision", ">", older)
    .where("revision", "<=", newer)
    .where("retires_old", "=", 1)
    .execute();
  return rows.map(({ key }) => key).toSorted();
};
