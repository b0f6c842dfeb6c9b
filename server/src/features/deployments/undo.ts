import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { mutation } from "../verb.ts";
import { optionsType } from "./goal.ts";
import { insertDeployment } from "./insert.ts";
import { deploymentById, deploymentView, findDeployment } from "./queries.ts";
import { undoOf } from "./undo-goal.ts";

/** A new deployment with what ran before this one: release, values and secrets together; dead values stay replaced. */
export const undoDeployment = mutation(
  routes["deployments.undo"],
  async ({ tx, host, environment, actor, params, input, now, commit }) => {
    const row = await findDeployment(tx, environment.id, params.deployment);
    const undo = await undoOf(tx, environment.id, row);
    if (undo === null) {
      throw new KeyrollError("not_deployed", `Nothing ran in this environment before deployment ${row.number}.`, {
        next: "Deploy a revision: `keyroll deploy --revision N`.",
      });
    }
    const id = await insertDeployment(tx, host, {
      environment,
      goal: undo.goal,
      options: optionsType.parse({
        adopt: false,
        restart: "changed",
        forceConflicts: input.forceConflicts,
        overwriteDrift: input.overwriteDrift,
      }),
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
        details: { undone: row.number, deployment: made.number, revision: made.goal.revision, kept: undo.kept },
      },
      { deployment: deploymentView(made) },
    );
  },
);
