import type { Reader } from "../../database/schema.ts";

/** Keys that revisions after `base` touched. */
export const keysTouchedSince = async (db: Reader, environmentId: string, base: number): Promise<Set<string>> => {
  const rows = await db
    .selectFrom("revision_changes")
    .select("key")
    .distinct()
    .where("environment_id", "=", environmentId)
    .where("revision", ">", base)
    .execute();
  return new Set(rows.map(({ key }) => key));
};

/** Revision that app-secrets was last seen with; null: never written, or foreign. */
export const mirroredRevision = async (db: Reader, environmentId: string): Promise<number | null> => {
  const row = await db
    .selectFrom("writes")
    .select("revision")
    .where("environment_id", "=", environmentId)
    .orderBy("seq", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.revision ?? null;
};
