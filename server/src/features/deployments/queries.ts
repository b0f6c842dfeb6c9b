import type { OutputOf, Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { z } from "zod";
import { writtenLast } from "../../database/deployed-goals.ts";
import type { Reader } from "../../database/schema.ts";
import {
  factsType,
  goalType,
  isStepName,
  optionsType,
  type Facts,
  type Goal,
  type Options,
  type StepName,
} from "./goal.ts";

export interface DeploymentRow {
  readonly id: string;
  readonly environmentId: string;
  readonly number: number;
  readonly goal: Goal;
  readonly fallback: Goal | null;
  readonly options: Options;
  readonly reason: string;
  readonly requestedBy: string;
  readonly requestedAt: number;
  readonly aim: "goal" | "fallback";
  readonly step: StepName;
  readonly state: "queued" | "active" | "done";
  readonly verdict: string | null;
  readonly live: string | null;
  readonly outcome: string | null;
  readonly helmRevision: number | null;
  readonly cancelRequested: boolean;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly facts: Facts;
}

const joined = (db: Reader) =>
  db
    .selectFrom("deployments")
    .innerJoin("deployment_runs", "deployment_runs.deployment_id", "deployments.id")
    .selectAll();
type Joined = Awaited<ReturnType<ReturnType<typeof joined>["executeTakeFirstOrThrow"]>>;

const requester = z.object({ name: z.string() });

const rowOf = (row: Joined): DeploymentRow => ({
  id: row.id,
  environmentId: row.environment_id,
  number: row.number,
  goal: goalType.parse(JSON.parse(row.goal)),
  fallback: row.fallback === null ? null : goalType.parse(JSON.parse(row.fallback)),
  options: optionsType.parse(JSON.parse(row.options)),
  reason: row.reason,
  requestedBy: requester.parse(JSON.parse(row.requested_by)).name,
  requestedAt: row.requested_at,
  aim: row.aim === "fallback" ? "fallback" : "goal",
  step: isStepName(row.step) ? row.step : "observe",
  state: row.state === "queued" || row.state === "active" ? row.state : "done",
  verdict: row.verdict,
  live: row.live,
  outcome: row.outcome,
  helmRevision: row.helm_revision,
  cancelRequested: row.cancel_requested === 1,
  startedAt: row.started_at,
  endedAt: row.ended_at,
  facts: factsType.parse(JSON.parse(row.facts)),
});

export const deploymentById = async (db: Reader, id: string): Promise<DeploymentRow | null> => {
  const row = await joined(db).where("deployments.id", "=", id).executeTakeFirst();
  return row === undefined ? null : rowOf(row);
};

export const newestDeployments = async (
  db: Reader,
  environmentId: string,
  before: number | null,
  limit: number,
): Promise<DeploymentRow[]> => {
  let rows = joined(db).where("deployments.environment_id", "=", environmentId);
  if (before !== null) rows = rows.where("deployments.number", "<", before);
  return (await rows.orderBy("deployments.number", "desc").limit(limit).execute()).map(rowOf);
};

/** The one that waits or runs; null: none. */
export const unfinishedDeployment = async (db: Reader, environmentId: string): Promise<DeploymentRow | null> => {
  const row = await joined(db)
    .where("deployments.environment_id", "=", environmentId)
    .where("deployment_runs.state", "!=", "done")
    .orderBy("deployments.number")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : rowOf(row);
};

/** The newest deployment that ran (before this number); null: none did. */
export const lastRunning = async (
  db: Reader,
  environmentId: string,
  before: number | null = null,
): Promise<DeploymentRow | null> => {
  let rows = joined(db)
    .where("deployments.environment_id", "=", environmentId)
    .where("deployment_runs.verdict", "=", "running");
  if (before !== null) rows = rows.where("deployments.number", "<", before);
  const row = await rows.orderBy("deployments.number", "desc").limit(1).executeTakeFirst();
  return row === undefined ? null : rowOf(row);
};

/** Keys that `app-secrets` holds with the value of a newer revision than its own, by the newest deployment that wrote it. */
export const keptKeys = async (db: Reader, environmentId: string): Promise<ReadonlySet<string>> => {
  const row = await joined(db)
    .where("deployments.environment_id", "=", environmentId)
    .where("deployment_runs.live", "in", ["goal", "previous", "mixed"])
    .orderBy("deployments.number", "desc")
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return new Set();
  return new Set(goalType.parse(JSON.parse(writtenLast(row))).keep);
};

/** By id, or by its number in this environment. @throws {KeyrollError} `not_found`. */
export const findDeployment = async (db: Reader, environmentId: string, idOrNumber: string): Promise<DeploymentRow> => {
  const rows = joined(db).where("deployments.environment_id", "=", environmentId);
  const asNumber = /^\d{1,15}$/u.test(idOrNumber);
  const row = await (
    asNumber ? rows.where("deployments.number", "=", Number(idOrNumber)) : rows.where("deployments.id", "=", idOrNumber)
  ).executeTakeFirst();
  if (row === undefined) {
    throw new KeyrollError("not_found", `There is no deployment \`${idOrNumber.slice(0, 64)}\` in this environment.`, {
      field: "deployment",
      next: "`keyroll deployments` lists them.",
    });
  }
  return rowOf(row);
};

type View = OutputOf<Routes["deployments.get"]>["deployment"];

const stateOf = (row: DeploymentRow): View["state"] => {
  if (row.state !== "done") return row.state;
  return row.verdict === "running" || row.verdict === "cancelled" ? row.verdict : "failed";
};
const liveOf = (text: string | null): View["live"] =>
  text === "unchanged" || text === "goal" || text === "previous" || text === "mixed" ? text : null;
export const goalView = ({ release, values, revision }: Goal): View["goal"] => ({ release, values, revision });

export const deploymentView = (row: DeploymentRow): View => ({
  id: row.id,
  number: row.number,
  state: stateOf(row),
  step: row.state === "active" ? row.step : null,
  aim: row.aim,
  goal: goalView(row.goal),
  fallback: row.fallback === null ? null : goalView(row.fallback),
  ignorePreflight: [...row.options.ignorePreflight],
  reason: row.reason === "on-save" || row.reason === "undo" ? row.reason : "requested",
  requestedBy: row.requestedBy,
  requestedAt: row.requestedAt,
  startedAt: row.startedAt,
  endedAt: row.endedAt,
  outcome: row.outcome,
  live: row.state === "done" ? liveOf(row.live) : null,
  helmRevision: row.helmRevision,
  cancelRequested: row.cancelRequested,
});
