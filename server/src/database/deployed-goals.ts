import { z } from "zod";
import type { Reader } from "./schema.ts";

const goalType = z.object({
  revision: z.number(),
  keep: z.array(z.string()).default([]),
  keepFrom: z.number().nullable().default(null),
});

/** What is deployed: a revision, and the keys that have their value from a newer one because their own is dead. */
export type PublishedGoal = z.output<typeof goalType>;

/** Revisions whose values a stored goal takes; null: no goal. */
export const revisionsOf = (goal: string | null): number[] => {
  if (goal === null) return [];
  const { revision, keepFrom } = goalType.parse(JSON.parse(goal));
  return keepFrom === null ? [revision] : [revision, keepFrom];
};

/** The deployments of an environment with what became of them, newest first. */
export const runsOf = (db: Reader, environmentId: string) =>
  db
    .selectFrom("deployments")
    .innerJoin("deployment_runs", "deployment_runs.deployment_id", "deployments.id")
    .where("deployments.environment_id", "=", environmentId)
    .orderBy("deployments.number", "desc");

/** Revisions that the newest deployment that ran stands on: what the next one would go back to. */
export const runningRevisions = async (db: Reader, environmentId: string): Promise<readonly number[]> => {
  const row = await runsOf(db, environmentId)
    .select("deployments.goal")
    .where("deployment_runs.verdict", "=", "running")
    .limit(1)
    .executeTakeFirst();
  return revisionsOf(row?.goal ?? null);
};

const factsType = z.object({ wrote: z.string().nullable().default(null) });

/** Of a deployment's goal and what it went back to: what was written last. A way back that failed may have got that far. */
export const writtenLast = (row: {
  readonly goal: string;
  readonly fallback: string | null;
  readonly live: string | null;
  readonly facts: string;
}): string => {
  const isBack =
    row.live === "previous" || (row.live === "mixed" && factsType.parse(JSON.parse(row.facts)).wrote === "fallback");
  return isBack && row.fallback !== null ? row.fallback : row.goal;
};

/**
 * What is deployed: what the newest deployment that wrote the values has made live, its goal or what it
 * went back to. Null: nothing was deployed.
 */
export const publishedGoal = async (db: Reader, environmentId: string): Promise<PublishedGoal | null> => {
  const row = await runsOf(db, environmentId)
    .select(["deployments.goal", "deployments.fallback", "deployment_runs.live", "deployment_runs.facts"])
    .where("deployment_runs.live", "in", ["goal", "previous", "mixed"])
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  return goalType.parse(JSON.parse(writtenLast(row)));
};

/** The deployed revision. Null: nothing was deployed. */
export const publishedRevision = async (db: Reader, environmentId: string): Promise<number | null> =>
  (await publishedGoal(db, environmentId))?.revision ?? null;

/** Number of a deployment that waits or runs; null: none. */
export const unfinishedNumber = async (db: Reader, environmentId: string): Promise<number | null> => {
  const rows = await runsOf(db, environmentId)
    .select("deployments.number")
    .where("deployment_runs.state", "!=", "done")
    .execute();
  return rows.at(-1)?.number ?? null;
};
