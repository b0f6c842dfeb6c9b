import type { Witness } from "../ports/key-wrap.ts";
import type { Db } from "./schema.ts";

const id = "witness";

/** The one row of `master_key`. Two servers that start at once keep the same one. */
export const witness = (db: Db): Witness => {
  const read = async (): Promise<Uint8Array | null> => {
    const row = await db.selectFrom("master_key").select("wrapped").where("id", "=", id).executeTakeFirst();
    return row?.wrapped ?? null;
  };
  return {
    read,
    keep: async (wrapped) => {
      await db
        .insertInto("master_key")
        .values({ id, wrapped })
        .onConflict((conflict) => conflict.column("id").doNothing())
        .execute();
      return (await read()) ?? wrapped;
    },
  };
};
