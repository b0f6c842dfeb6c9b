import type { Tx } from "./schema.ts";

/** As names are compared in a search: keys are ASCII. */
export const fold = (text: string): string => text.toLowerCase();

/**
 * Brings `secret_keys` up to date for these keys, from what `revision_changes` says of them: whatever order
 * revisions were recorded in (a recovered save comes late), the newest change of each key counts.
 */
export const refreshKeyNames = async (tx: Tx, environmentId: string, keys: readonly string[]): Promise<void> => {
  if (keys.length === 0) return;
  const newest = await tx
    .selectFrom("revision_changes as c")
    .select(["c.key", "c.revision", "c.op"])
    .where("c.environment_id", "=", environmentId)
    .where("c.key", "in", keys)
    .where("c.revision", "=", (e) =>
      e
        .selectFrom("revision_changes as d")
        .select((inner) => inner.fn.max("d.revision").as("revision"))
        .whereRef("d.environment_id", "=", "c.environment_id")
        .whereRef("d.key", "=", "c.key"),
    )
    .execute();
  await tx.deleteFrom("secret_keys").where("environment_id", "=", environmentId).where("key", "in", keys).execute();
  const there = newest.filter(({ op }) => op !== "removed");
  if (there.length === 0) return;
  await tx
    .insertInto("secret_keys")
    .values(there.map(({ key, revision }) => ({ environment_id: environmentId, key, folded: fold(key), revision })))
    .execute();
};
