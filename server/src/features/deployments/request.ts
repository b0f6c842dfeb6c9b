import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { mutation } from "../verb.ts";
import { insertDeployment } from "./insert.ts";
import { pinRelease, pinRevision, pinValues } from "./pin.ts";
import { deploymentById, deploymentView } from "./queries.ts";

/** Asks for a deployment; its goal is pinned now. The worker is woken when the transaction is over. */
export const requestDeployment = mutation(routes["deployments.request"], async (ctx) => {
  const { tx, host, app, environment, actor, input, now, commit } = ctx;
  const revision = await pinRevision(tx, environment, input.revision);
  const release = await pinRelease(tx, app, environment, input.release);
  const wanted = { version: input.valuesVersion, extra: input.values };
  const values = await pinValues(tx, environment, wanted, actor, now);
  const id = await insertDeployment(tx, host, {
    environment,
    goal: { release, values, revision, keep: [], keepFrom: null },
    options: { adopt: input.adopt, overwriteDrift: input.overwriteDrift, restart: input.restart },
    reason: "requested",
    actor,
    now,
    queue: input.queue,
  });
  const row = await deploymentById(tx, id);
  if (row === null) throw new KeyrollError("internal", "The new deployment cannot be read back.");
  const details = {
    deployment: row.number,
    revision,
    release: release?.version ?? null,
    values,
    adopt: input.adopt,
    overwriteDrift: input.overwriteDrift,
  };
  return await commit({ action: "deployments.request", details }, { deployment: deploymentView(row) });
});
