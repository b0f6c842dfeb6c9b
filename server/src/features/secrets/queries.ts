import type { Reader } from "../../database/schema.ts";
import { publishedRevision } from "../../database/deployed-goals.ts";

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

/** What is out of an environment's values: deployed, and in `app-secrets`. Null: nothing is. */
export interface Live {
  readonly deployed: number | null;
  readonly mirrored: number | null;
}

/** Where a value of this revision is. */
export const stateOf = (revision: number, { deployed, mirrored }: Live) => {
  if (deployed === null && mirrored === null) return "not-deployed" as const;
  if (deployed !== null && revision <= deployed) return "running" as const;
  return mirrored !== null && revision <= mirrored ? ("in-cluster" as const) : ("saved" as const);
};

export const liveOf = async (db: Reader, environmentId: string): Promise<Live> => {
  const [deployed, mirrored] = await Promise.all([
    publishedRevision(db, environmentId),
    mirroredRevision(db, environmentId),
  ]);
  return { deployed, mirrored };
};

/** The newest revision that removed each key. */
export const removedIn = async (db: Reader, environmentId: string): Promise<Map<string, number>> => {
  const rows = await db
    .selectFrom("revision_changes")
    .select(["key", (e) => e.fn.max("revision").as("revision")])
    .where("environment_id", "=", environmentId)
    .where("op", "=", "removed")
    .groupBy("key")
    .execute();
  return new Map(rows.map(({ key, revision }) => [key, revision]));
};
