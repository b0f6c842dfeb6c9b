import type { Reader } from "../../database/schema.ts";
import { publishedGoal } from "../../database/deployed-goals.ts";
import type { Goal } from "./goal.ts";
import { keepingRetired } from "./fallback.ts";
import { lastRunning, type DeploymentRow } from "./queries.ts";

export interface Undo {
  readonly goal: Goal;
  /** Keys that do not go back, because their older value is known to be dead. */
  readonly kept: readonly string[];
}

/** What undoing a deployment would deploy; null: nothing ran before it. */
export const undoOf = async (db: Reader, environmentId: string, row: DeploymentRow): Promise<Undo | null> => {
  const before = await lastRunning(db, environmentId, row.number);
  if (before === null) return null;
  const last = await lastRunning(db, environmentId);
  const published = await publishedGoal(db, environmentId);
  // Also what was deployed and did not run: who said that the older value is dead meant the database, not the pods.
  const newest = Math.max(
    before.goal.revision,
    row.goal.revision,
    last?.goal.revision ?? 0,
    published?.revision ?? 0,
    published?.keepFrom ?? 0,
  );
  const goal = await keepingRetired(db, environmentId, before.goal, newest);
  return { goal, kept: goal.keep };
};
