import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { count } from "@keyroll/pairs";
import { publishedRevision } from "../../database/deployed-goals.ts";
import { oldPlace } from "../left-behind.ts";
import { holdStore } from "../held-store.ts";
import { scopeOf, storeAt, storeOf } from "../host.ts";
import { operation } from "../operation.ts";
import { openTarget } from "../open-target.ts";
import { unfinishedDeployment } from "./queries.ts";

/** Removes an environment. What is deployed and what is saved are each given up by typing the name. */
export const removeEnvironment = operation(routes["environments.remove"], {
  begin: async ({ tx, host, app, environment, input, begin }) => {
    await holdStore(tx, host.dialect, environment);
    const running = await unfinishedDeployment(tx, environment.id);
    if (running !== null)
      throw new KeyrollError("deployment_running", `Deployment ${running.number} is not over.`, {
        actual: running.number,
        changed: false,
      });
    const deployed = await publishedRevision(tx, environment.id);
    const saved = await storeOf(host, app, environment, tx).manifest();
    const uninstall = deployed !== null && environment.type !== "process";
    if (uninstall) requireName(input.uninstall, environment.name, "uninstall", "is deployed");
    if (saved !== null)
      requireName(
        input.destroySecrets,
        environment.name,
        "destroySecrets",
        `holds ${count(saved.entries.size, "saved key")}`,
      );
    return await begin(
      { action: "environments.remove", details: { uninstall, destroySecrets: saved !== null } },
      { uninstall, destroy: saved !== null },
    );
  },
  effect: async ({ host, app, environment, signal }, { uninstall, destroy }) => {
    if (uninstall) await (await openTarget(host, app, environment)).uninstall(signal);
    if (!destroy) return;
    // What a move left behind goes too, and before the values themselves: whoever asks again still finds the rest.
    const old = await oldPlace(host.db, environment);
    if (old !== null) await storeAt(host, old, scopeOf(app, environment)).upkeep.destroy("purge");
    await storeOf(host, app, environment).upkeep.destroy("purge");
  },
  settle: async ({ tx, environment, commit }) => {
    await tx.deleteFrom("environments").where("id", "=", environment.id).execute();
    return await commit(null, {});
  },
  // Each part looks first: the caller asks again, and what is gone already stays gone.
  recover: "nothing-to-recover",
});

const requireName = (typed: string | undefined, name: string, field: string, what: string): void => {
  if (typed === name) return;
  throw new KeyrollError("confirmation_required", `Environment \`${name}\` ${what}.`, {
    field,
    next: `Give ${field} with the environment's name, \`${name}\`, to go on.`,
    changed: false,
  });
};
