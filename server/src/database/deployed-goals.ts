import type { Reader } from "./schema.ts";

/** Revisions that the newest deployment that ran stands on: what the next one would go back to. */
export const runningRevisions = async (db: Reader, environmentId: string): Promise<readonly number[]> => {
  const row = await db
    .selectFrom("deployments")
    .innerJoin("deployment_runs", "deployment_runs.deployment_id", "deployments.id")
    .select("deployments.goal")
    .where("deployments.environment_id", "=", environmentId)
    .where("deployment_runs.verdict", "=", "running")
    .orderBy("deployments.number", "desc")
    .limit(1)
    .executeTakeFirst();
  const goal: unknown = row === undefined ? null : JSON.parse(row.goal);
  if (typeof goal !== "object" || goal === null) return [];
  return [Reflect.get(goal, "revision"), Reflect.get(goal, "keepFrom")].filter(
    (revision): revision is number => typeof revision === "number",
  );
};

/** Number of a deployment that waits or runs; null: none. */
export const unfinishedNumber = async (db: Reader, environmentId: string): Promise<number | null> => {
  const row = await db
    .selectFrom("deployments")
    .innerJoin("deployment_runs", "deployment_runs.deployment_id", "deployments.id")
    .select("deployments.number")
    .where("deployments.environment_id", "=", environmentId)
    .where("deployment_runs.state", "!=", "done")
    .orderBy("deployments.number")
    .limit(1)
    .executeTakeFirst();
  return row?.number ?? null;
};
