import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { retiredSince } from "../../database/retired.ts";
import { mutation } from "../verb.ts";
import { insertDeployment } from "./insert.ts";
import { deploymentById, deploymentView, findDeployment, lastRunning } from "./queries.ts";

/** A new deployment with what ran before this one: release, values and secrets together; dead values stay replaced. */
export const undoDeployment = mutation(
  routes["deployments.undo"],
  async ({ tx, host, environment, actor, params, input, now, commit }) => {
    const row = await findDeployment(tx, environment.id, params.deployment);
    const before = await lastRunning(tx, environment.id, row.number);
    if (before === null) {
      throw new KeyrollError("not_deployed", `Nothing ran in this environment before deployment ${row.number}.`, {
        next: "Deploy a revision: `keyroll deploy --revision N`.",
      });
    }
    const newest = (await lastRunning(tx, environment.id))?.goal.revision ?? before.goal.revision;
    const keep = await retiredSince(tx, environment.id, before.goal.revision, newest);
    const id = await insertDeployment(tx, host, {
      environment,
      goal:
        keep.length === 0
          ? before.goal
          : { ...before.goal, keep: [...new Set([...before.goal.keep, ...keep])], keepFrom: newest },
      options: { adopt: false, overwriteDrift: input.overwriteDrift, restart: "changed" },
      reason: "undo",
      actor,
      now,
      queue: input.queue,
    });
    const made = await deploymentById(tx, id);
    if (made === null) throw new KeyrollError("internal", "The new deployment cannot be read back.");
    return await commit(
      {
        action: "deployments.undo",
        details: { undone: row.number, deployment: made.number, revision: made.goal.revision, kept: keep },
      },
      { deployment: deploymentView(made) },
    );
  },
);
