import { KeyrollError } from "@keyroll/contract/errors";
import type { Dialect } from "../database/migrate.ts";
import type { Tx } from "../database/schema.ts";
import type { EnvironmentRow } from "./subject.ts";

/**
 * Holds the environment's store still until the transaction ends: what begins to write there and what begins to move
 * it come one after the other.
 * @throws {KeyrollError} `in_use` while it moves or is removed, or when it has moved since the environment was read.
 */
export const holdStore = async (
  tx: Tx,
  dialect: Dialect,
  environment: Pick<EnvironmentRow, "id" | "name" | "connectionId">,
): Promise<void> => {
  const rows = tx.selectFrom("environments").select(["moving", "connection_id"]).where("id", "=", environment.id);
  const row = await (dialect === "postgres" ? rows.forUpdate() : rows).executeTakeFirst();
  if (row === undefined) throw new KeyrollError("not_found", `\`${environment.name}\` was removed meanwhile.`);
  if (row.moving !== null) throw isHeld(row.moving, environment.name);
  if (row.connection_id !== environment.connectionId)
    throw new KeyrollError("in_use", `The values of \`${environment.name}\` have just moved to another store.`, {
      next: "Send it again; nothing was changed.",
      changed: false,
    });
};

const removal = "remove-";

/** What a removal writes where a move would write its own: either keeps everything else off the store. */
export const removalMark = (id: string): string => `${removal}${id}`;

export const isMove = (mark: string | null): boolean => mark !== null && !mark.startsWith(removal);

export const isHeld = (mark: string, name: string): KeyrollError =>
  isMove(mark)
    ? new KeyrollError("in_use", `The values of \`${name}\` are being moved to another store.`, {
        next: "Try again when that is over: `keyroll env show` says so. Nothing was changed.",
        changed: false,
      })
    : new KeyrollError("in_use", `\`${name}\` is being removed.`, {
        next: "`keyroll env ls` says when it is gone; if it stays, try again. Nothing was changed.",
        changed: false,
      });
