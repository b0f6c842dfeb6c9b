import type { Reader } from "../../database/schema.ts";
import { retiredSince } from "../../database/retired.ts";
import type { Goal } from "./goal.ts";
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
  const newest = (await lastRunning(db, environmentId))?.goal.revision ?? before.goal.revision;
  const kept = await retiredSince(db, environmentId, before.goal.revision, newest);
  if (kept.length === 0) return { goal: before.goal, kept: before.goal.keep };
  const keep = [...new Set([...before.goal.keep, ...kept])];
  return { goal: { ...before.goal, keep, keepFrom: newest }, kept: keep };
};
