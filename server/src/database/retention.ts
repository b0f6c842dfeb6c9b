import { z } from "zod";
import type { Db, Reader, Tx } from "./schema.ts";

const goalType = z.object({ revision: z.number(), keepFrom: z.number().nullable().default(null) });
const factsType = z.object({ leavingFrom: z.number().nullable().default(null) });

const revisionsOf = (goal: string | null): number[] => {
  if (goal === null) return [];
  const { revision, keepFrom } = goalType.parse(JSON.parse(goal));
  return keepFrom === null ? [revision] : [revision, keepFrom];
};

/**
 * Revisions whose values a deployment may still have to write: of those that wait or run, of the newest one, of what
 * runs and of what ran before it (`undo`), with what each would go back to; and what is in the cluster or in a process.
 */
export const neededRevisions = async (db: Reader, environmentId: string): Promise<Set<number>> => {
  const rows = () =>
    db
      .selectFrom("deployments")
      .innerJoin("deployment_runs", "deployment_runs.deployment_id", "deployments.id")
      .select(["deployments.goal", "deployments.fallback", "deployment_runs.facts"])
      .where("deployments.environment_id", "=", environmentId)
      .orderBy("deployments.number", "desc");
  const found = [
    ...(await rows().where("deployment_runs.state", "in", ["queued", "active"]).execute()),
    ...(await rows().limit(1).execute()),
    ...(await rows().where("deployment_runs.verdict", "=", "running").limit(2).execute()),
    ...(await rows().where("deployment_runs.live", "in", ["goal", "previous", "mixed"]).limit(1).execute()),
  ];
  const written = await db
    .selectFrom("writes")
    .select("revision")
    .where("environment_id", "=", environmentId)
    .orderBy("seq", "desc")
    .limit(1)
    .execute();
  const reported = await db
    .selectFrom("instances")
    .select("revision")
    .distinct()
    .where("environment_id", "=", environmentId)
    .execute();
  return new Set(
    [
      ...found.flatMap(({ goal, fallback, facts }) => [
        ...revisionsOf(goal),
        ...revisionsOf(fallback),
        factsType.parse(JSON.parse(facts)).leavingFrom ?? 0,
      ]),
      ...[...written, ...reported].map(({ revision }) => revision ?? 0),
    ].filter((revision) => revision > 0),
  );
};

/** Epoch milliseconds; null: nothing of it grows old until it changes. */
export const setDue = async (db: Db | Tx, environmentId: string, at: number | null): Promise<void> => {
  await db
    .insertInto("retention")
    .values({ environment_id: environmentId, due_at: at })
    .onConflict((conflict) => conflict.column("environment_id").doUpdateSet({ due_at: at }))
    .execute();
};
