import { routes } from "@keyroll/contract";
import { mutation } from "../verb.ts";
import { appView } from "./queries.ts";

/** The title can change, the name cannot. */
export const updateApp = mutation(routes["apps.update"], async ({ tx, app, input, commit }) => {
  await tx.updateTable("apps").set({ title: input.title }).where("id", "=", app.id).execute();
  return await commit(
    { action: "apps.update", details: { title: input.title, was: app.title } },
    { app: await appView(tx, app.id) },
  );
});
