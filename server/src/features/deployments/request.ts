import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { whyNotPassedOver } from "@keyroll/preflight";
import { mutation } from "../verb.ts";
import { insertDeployment } from "./insert.ts";
import { pinRelease, pinRevision, pinValues } from "./pin.ts";
import { deploymentById, deploymentView } from "./queries.ts";

/** Asks for a deployment; its goal is pinned now. The worker is woken when the transaction is over. */
export const requestDeployment = mutation(routes["deployments.request"], async (ctx) => {
  const { tx, host, app, environment, actor, input, now, commit } = ctx;
  const ignorePreflight = checkIgnored(input.ignorePreflight);
  const revision = await pinRevision(tx, environment, input.revision);
  const release = await pinRelease(tx, app, environment, input.release);
  const wanted = { version: input.valuesVersion, extra: input.values };
  const values = await pinValues(tx, environment, wanted, actor, now);
  const id = await insertDeployment(tx, host, {
    environment,
    goal: { release, values, revision, keep: [], keepFrom: null },
    options: {
      adopt: input.adopt,
      restart: input.restart,
      ignorePreflight,
      forceConflicts: input.forceConflicts,
      overwriteDrift: input.overwriteDrift,
      follows: {
        release: input.release === undefined,
        values: input.valuesVersion === undefined && input.values === undefined,
      },
    },
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
    forceConflicts: input.forceConflicts,
    overwriteDrift: input.overwriteDrift,
    ...(ignorePreflight.length === 0 ? {} : { ignorePreflight }),
  };
  return await commit({ action: "deployments.request", details }, { deployment: deploymentView(row) });
});

/**
 * Rules whose errors are to be passed over.
 * @throws {KeyrollError} `invalid` for one that there is not, or that nobody may pass over.
 */
const checkIgnored = (ignored: readonly string[]): readonly string[] => {
  for (const rule of ignored) {
    const refusal = whyNotPassedOver(rule);
    if (refusal === null) continue;
    throw new KeyrollError("invalid", refusal.message, {
      field: "ignorePreflight",
      next: refusal.next,
      changed: false,
    });
  }
  return [...new Set(ignored)];
};
