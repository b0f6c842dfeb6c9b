import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { count } from "@keyroll/pairs";
import { mutation } from "../verb.ts";

/** Only an app without environments: what runs or is saved is removed first, by name. */
export const removeApp = mutation(routes["apps.remove"], async ({ tx, app, commit }) => {
  const left = await tx.selectFrom("environments").select("name").where("app_id", "=", app.id).execute();
  if (left.length > 0) {
    throw new KeyrollError(
      "in_use",
      `App \`${app.name}\` has ${count(left.length, "environment")}: ${left.map((row) => row.name).join(", ")}.`,
      {
        actual: left.length,
        limit: 0,
        next: "Remove them first: `keyroll env rm NAME`.",
      },
    );
  }
  await tx.deleteFrom("apps").where("id", "=", app.id).execute();
  return await commit({ action: "apps.remove" }, {});
});
