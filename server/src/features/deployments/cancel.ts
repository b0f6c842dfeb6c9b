import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { appendJournal } from "../../database/journal.ts";
import { mutation } from "../verb.ts";
import { deploymentView, findDeployment } from "./queries.ts";

/** Asks the worker to stop; it decides what that means at the step where it is. */
export const cancelDeployment = mutation(
  routes["deployments.cancel"],
  async ({ tx, host, environment, actor, params, now, commit }) => {
    const row = await findDeployment(tx, environment.id, params.deployment);
    if (row.state === "done")
      throw new KeyrollError("in_use", `Deployment ${row.number} has ended already.`, {
        next: "Undo it: `keyroll undo`.",
      });
    await tx.updateTable("deployment_runs").set({ cancel_requested: 1 }).where("deployment_id", "=", row.id).execute();
    if (!row.cancelRequested) await appendJournal(tx, environment.id, row.id, now, { type: "cancel", by: actor.name });
    await host.jobs.wake("deployments", environment.id, tx);
    return await commit(
      { action: "deployments.cancel", details: { deployment: row.number, step: row.step } },
      { deployment: deploymentView({ ...row, cancelRequested: true }) },
    );
  },
);
