import { environmentSettings, routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { environmentById } from "../subject.ts";
import { mutation } from "../verb.ts";
import { environmentView } from "./queries.ts";

/** Deployment settings; a running deployment keeps those it started with. */
export const updateEnvironment = mutation(
  routes["environments.update"],
  async ({ tx, host, app, environment, input, commit }) => {
    const settings = environmentSettings.parse({ ...environment.settings, ...input.settings });
    await tx
      .updateTable("environments")
      .set({ settings: JSON.stringify(settings) })
      .where("id", "=", environment.id)
      .execute();
    const row = await environmentById(tx, environment.id);
    if (row === null) throw new KeyrollError("not_found", "The environment was removed meanwhile.");
    return await commit(
      { action: "environments.update", details: { settings: input.settings } },
      { environment: await environmentView(tx, host, app, row) },
    );
  },
);
