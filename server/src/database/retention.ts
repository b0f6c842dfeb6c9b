import { KeyrollError } from "@keyroll/contract/errors";
import { z } from "zod";
import { publishedRevision, revisionsOf, runsOf } from "./deployed-goals.ts";
import type { Db, Reader, Tx } from "./schema.ts";

const factsType = z.object({ leavingFrom: z.number().nullable().default(null) });

/** Revisions that hold one of the keys: of `all`, or of those whose values can be read. */
export const revisionsWith = async (
  db: Reader,
  environmentId: string,
  keys: readonly string[],
  which: "all" | "readable" = "readable",
): Promise<number[]> => {
  if (keys.length === 0) return [];
  const changes = await db
    .selectFrom("revision_changes")
    .select(["key", "revision", "op"])
    .where("environment_id", "=", environmentId)
    .where("key", "in", keys)
    .orderBy("revision", "desc")
    .execute();
  const rows = await db
    .selectFrom("revisions")
    .select("revision")
    .where("environment_id", "=", environmentId)
    .where("readable", "in", which === "all" ? [0, 1] : [1])
    .execute();
  const holds = (key: string, revision: number): boolean => {
    const last = changes.find((change) => change.key === key && change.revision <= revision);
    return last !== undefined && last.op !== "removed";
  };
  return rows.map(({ revision }) => revision).filter((revision) => keys.some((key) => holds(key, revision)));
};

/** @throws {KeyrollError} `revision_gone` when its values were taken out of the store. */
export const refuseGone = async (db: Reader, environmentId: string, revision: number | null): Promise<void> => {
  const row = await db
    .selectFrom("revisions")
    .select("readable")
    .where("environment_id", "=", environmentId)
    .where("revision", "=", revision ?? 0)
    .executeTakeFirst();
  if (row?.readable !== 0) return;
  throw new KeyrollError("revision_gone", `The values of revision ${revision} are gone from the store.`, {
    field: "revision",
    actual: revision ?? 0,
    changed: false,
  });
};

/** Revisions that are live, or that a deployment which waits or runs makes live or goes back to. */
export const liveRevisions = async (db: Reader, environmentId: string): Promise<Set<number>> => {
  const rows = () => runsOf(db, environmentId).select(["deployments.goal", "deployments.fallback"]);
  const open = await rows().where("deployment_runs.state", "in", ["queued", "active"]).execute();
  const running = await rows().where("deployment_runs.verdict", "=", "running").limit(1).execute();
  const published = await publishedRevision(db, environmentId);
  return new Set([
    ...open.flatMap(({ goal, fallback }) => [...revisionsOf(goal), ...revisionsOf(fallback)]),
    ...running.flatMap(({ goal }) => revisionsOf(goal)),
    ...(published === null ? [] : [published]),
  ]);
};

/**
 * Revisions whose values a deployment may still have to write: of those that wait or run, of the newest one, of what
 * runs and of what ran before it (`undo`), with what each would go back to; and what is in the cluster or in a process.
 */
export const neededRevisions = async (db: Reader, environmentId: string): Promise<Set<number>> => {
  const rows = () =>
    runsOf(db, environmentId).select(["deployments.goal", "deployments.fallback", "deployment_runs.facts"]);
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
