import type { Reader } from "./schema.ts";

const revisionIn = (text: string): number | null => {
  const goal: unknown = JSON.parse(text);
  const revision: unknown = typeof goal === "object" && goal !== null ? Reflect.get(goal, "revision") : null;
  return typeof revision === "number" ? revision : null;
};

/**
 * The deployed revision: what the newest deployment that wrote the values has made live, its goal or what it
 * went back to. Null: nothing was deployed.
 */
export const publishedRevision = async (db: Reader, environmentId: string): Promise<number | null> => {
  const row = await db
    .selectFrom("deployments")
    .innerJoin("deployment_runs", "deployment_runs.deployment_id", "deployments.id")
    .select(["deployments.goal", "deployments.fallback", "deployment_runs.live"])
    .where("deployments.environment_id", "=", environmentId)
    .where("deployment_runs.live", "in", ["goal", "previous", "mixed"])
    .orderBy("deployments.number", "desc")
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  return row.live === "previous" && row.fallback !== null ? revisionIn(row.fallback) : revisionIn(row.goal);
};
