import { routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { operationById } from "../operations-table.ts";
import { mutation } from "../verb.ts";

/** Asks it to stop; the process that runs it sees this within half a second, and the outcome says whether it was in time. */
export const cancelOperation = mutation(routes["operations.cancel"], async ({ tx, environment, params, commit }) => {
  const operation = await operationById(tx, params.operation, environment.id);
  if (operation.state !== "running")
    throw new KeyrollError("in_use", "It has ended already.", { next: "Read what came out.", changed: false });
  await tx.updateTable("operations").set({ cancel_requested: 1 }).where("id", "=", operation.id).execute();
  return await commit(
    { action: "operations.cancel", details: { operation: operation.id } },
    { operation: { ...operation, cancelRequested: true } },
  );
});
