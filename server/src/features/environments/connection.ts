import { KeyrollError } from "@keyroll/contract/errors";
import { nearest } from "@keyroll/pairs";
import type { Reader } from "../../database/schema.ts";

/** A connection by name or id: where it leads and where it keeps values. @throws {KeyrollError} `not_found` with the nearest name. */
export const connectionOf = async (db: Reader, nameOrId: string) => {
  const row = await db
    .selectFrom("connections")
    .select(["id", "name", "cluster_key", "store_kind", "store_settings"])
    .where((e) => e.or([e("name", "=", nameOrId), e("id", "=", nameOrId)]))
    .executeTakeFirst();
  if (row !== undefined) return row;
  const names = (await db.selectFrom("connections").select("name").execute()).map(({ name }) => name);
  const near = nearest(nameOrId, names);
  throw new KeyrollError("not_found", `There is no connection \`${nameOrId.slice(0, 64)}\`.`, {
    field: "connection",
    ...(near === null ? {} : { next: `Did you mean \`${near}\`?` }),
  });
};
