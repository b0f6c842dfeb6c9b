import { KeyrollError } from "@keyroll/contract/errors";
import { appendJournal } from "../../database/journal.ts";
import { runsOf } from "../../database/deployed-goals.ts";
import { refuseGone } from "../../database/retention.ts";
import type { Tx } from "../../database/schema.ts";
import type { Actor } from "../actor.ts";
import { isHeld } from "../held-store.ts";
import type { DeploymentRequest, Host } from "../host.ts";
import type { EnvironmentRow } from "../subject.ts";
import { fallbackOf } from "./fallback.ts";
import { factsType, goalType, optionsType, type Goal, type Options } from "./goal.ts";
import { pinRelease, pinValues } from "./pin.ts";
import { unfinishedDeployment } from "./queries.ts";

export interface NewDeployment {
  readonly environment: EnvironmentRow;
  readonly goal: Goal;
  readonly options: Options;
  readonly reason: "requested" | "on-save" | "undo";
  readonly actor: Actor;
  readonly now: number;
  readonly queue: boolean;
}

/**
 * Inserts a deployment with its goal and, from the last one that ran, what to go back to. Its row is not changed any more
 * once its turn has come.
 * @throws {KeyrollError} `deployment_running` naming the running one, unless it may wait; `revision_gone`.
 */
export const insertDeployment = async (tx: Tx, host: Host, wanted: NewDeployment): Promise<string> => {
  const { environment, goal, actor, now } = wanted;
  const { deployment_seq: number, moving } = await tx
    .updateTable("environments")
    .set((e) => ({ deployment_seq: e("deployment_seq", "+", 1) }))
    .where("id", "=", environment.id)
    .returning(["deployment_seq", "moving"])
    .executeTakeFirstOrThrow();
  if (moving !== null) throw isHeld(moving, environment.name);
  // Whoever removes old values locks this row as well.
  await refuseGone(tx, environment.id, goal.revision);
  const other = await unfinishedDeployment(tx, environment.id);
  if (other !== null && !wanted.queue) {
    throw new KeyrollError(
      "deployment_running",
      `Deployment ${other.number} is ${other.state === "active" ? `running (step ${other.step})` : "queued"}.`,
      {
        actual: other.number,
        next: `Wait for it (\`keyroll deployment ${other.number}\`), cancel it (\`keyroll cancel ${other.number}\`), or add --queue.`,
        changed: false,
      },
    );
  }
  const fallback = await fallbackOf(tx, environment.id, goal);
  const id = host.random.id();
  await tx
    .insertInto("deployments")
    .values({
      id,
      environment_id: environment.id,
      number,
      goal: JSON.stringify(goal),
      fallback: fallback === null ? null : JSON.stringify(fallback),
      options: JSON.stringify(wanted.options),
      reason: wanted.reason,
      requested_by: JSON.stringify({ kind: actor.kind, id: actor.id, name: actor.name }),
      requested_at: now,
    })
    .execute();
  await tx
    .insertInto("deployment_runs")
    .values({
      deployment_id: id,
      environment_id: environment.id,
      aim: "goal",
      step: "observe",
      state: "queued",
      verdict: null,
      live: null,
      outcome: null,
      helm_revision: null,
      cancel_requested: 0,
      started_at: null,
      ended_at: null,
      facts: JSON.stringify(factsType.parse({})),
    })
    .execute();
  await appendJournal(tx, environment.id, id, now, { type: "requested", number, by: actor.name });
  await host.jobs.wake("deployments", environment.id, tx);
  return id;
};

/** What was asked for because of a newer save, which holds this one. */
const newerOnSave = async (tx: Tx, environmentId: string, revision: number): Promise<string | null> => {
  const newest = await runsOf(tx, environmentId)
    .select(["deployments.id", "deployments.goal"])
    .where("deployments.reason", "=", "on-save")
    .limit(1)
    .executeTakeFirst();
  return newest !== undefined && goalType.parse(JSON.parse(newest.goal)).revision > revision ? newest.id : null;
};

/**
 * `onSave`: the running release and values with the revision that was just saved; waits its turn. Of two saves the older
 * one may be recorded last: its deployment would take the newer one back.
 */
export const deployOnSave =
  (host: () => Host) =>
  async (tx: Tx, request: DeploymentRequest): Promise<string> => {
    const { app, environment, actor, revision } = request;
    const newer = await newerOnSave(tx, environment.id, revision);
    if (newer !== null) return newer;
    const now = host().clock.now();
    const release = await pinRelease(tx, app, environment, undefined);
    const values = await pinValues(tx, environment, {}, actor, now);
    return await insertDeployment(tx, host(), {
      environment,
      goal: { release, values, revision, keep: [], keepFrom: null },
      options: optionsType.parse({
        adopt: false,
        restart: "changed",
        follows: { release: true, values: true },
      }),
      reason: "on-save",
      actor,
      now,
      queue: true,
    });
  };
