import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { count } from "@keyroll/pairs";
import { mutation } from "../verb.ts";
import { connectionRow, connectionView } from "./queries.ts";

/** Only one that no environment uses. */
export const removeConnection = mutation(routes["connections.remove"], async ({ tx, params, commit }) => {
  const row = await connectionRow(tx, params.connection);
  const { environments } = await connectionView(tx, row);
  if (environments > 0) {
    throw new KeyrollError("in_use", `Connection \`${row.name}\` is used by ${count(environments, "environment")}.`, {
      actual: environments,
      limit: 0,
    });
  }
  await tx.deleteFrom("connections").where("id", "=", row.id).execute();
  return await commit({ action: "connections.remove", details: { connection: row.name } }, {});
});
