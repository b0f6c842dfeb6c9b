import { KeyrollError } from "@keyroll/contract/errors";
import type { Dialect } from "../database/migrate.ts";
import type { Tx } from "../database/schema.ts";
import type { EnvironmentRow } from "./subject.ts";

/**
 * Holds the environment's store still until the transaction ends: what begins to write there and what begins to move
 * it come one after the other.
 * @throws {KeyrollError} `in_use` while it moves, or when it has moved since the environment was read.
 */
export const holdStore = async (
  tx: Tx,
  dialect: Dialect,
  environment: Pick<EnvironmentRow, "id" | "name" | "connectionId">,
): Promise<void> => {
  const rows = tx.selectFrom("environments").select(["moving", "connection_id"]).where("id", "=", environment.id);
  const row = await (dialect === "postgres" ? rows.forUpdate() : rows).executeTakeFirst();
  if (row === undefined) throw new KeyrollError("not_found", `\`${environment.name}\` was removed meanwhile.`);
  if (row.moving !== null) throw isMoving(environment.name);
  if (row.connection_id !== environment.connectionId)
    throw new KeyrollError("in_use", `The values of \`${environment.name}\` have just moved to another store.`, {
      next: "Send it again; nothing was changed.",
      changed: false,
    });
};

export const isMoving = (name: string): KeyrollError =>
  new KeyrollError("in_use", `The values of \`${name}\` are being moved to another store.`, {
    next: "Try again when that is over: `keyroll env show` says so. Nothing was changed.",
    changed: false,
  });
