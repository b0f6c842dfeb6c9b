import { retiredSince } from "../../database/retired.ts";
import type { Reader } from "../../database/schema.ts";
import type { Goal } from "./goal.ts";
import { lastRunning } from "./queries.ts";

/** An older goal, in which keys whose value was said to be dead until `newest` have the value that they have there. */
export const keepingRetired = async (db: Reader, environmentId: string, goal: Goal, newest: number): Promise<Goal> => {
  const dead = await retiredSince(db, environmentId, goal.revision, newest);
  if (dead.length === 0) return goal;
  return {
    ...goal,
    keep: [...new Set([...goal.keep, ...dead])].toSorted(),
    keepFrom: Math.max(goal.keepFrom ?? 0, newest),
  };
};

/** What a deployment of this goal goes back to; null: nothing ran. */
export const fallbackOf = async (db: Reader, environmentId: string, goal: Goal): Promise<Goal | null> => {
  const last = await lastRunning(db, environmentId);
  return last === null ? null : await keepingRetired(db, environmentId, last.goal, goal.revision);
};
