import { KeyrollError } from "@keyroll/contract/errors";
import { unfinishedNumber } from "../database/deployed-goals.ts";
import type { Tx } from "../database/schema.ts";
import type { EnvironmentRow } from "./subject.ts";

/** @throws {KeyrollError} `in_use`, `deployment_running`: something is under way that reads or writes the store. */
export const refuseUnderWay = async (tx: Tx, environment: EnvironmentRow): Promise<void> => {
  const open = await tx
    .selectFrom("operations")
    .select("id")
    .where("environment_id", "=", environment.id)
    .where("settled_at", "is", null)
    .executeTakeFirst();
  if (open !== undefined) {
    throw new KeyrollError("in_use", `Something is being saved in \`${environment.name}\`.`, {
      next: "Try again when it is done; nothing was changed.",
      changed: false,
    });
  }
  const running = await unfinishedNumber(tx, environment.id);
  if (running === null) return;
  throw new KeyrollError("deployment_running", `Deployment ${running} is not over.`, {
    actual: running,
    changed: false,
  });
};
