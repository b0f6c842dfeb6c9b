import type { Tx } from "./schema.ts";

/** As names are compared in a search: keys are ASCII. */
export const fold = (text: string): string => text.toLowerCase();

interface RecordedKey {
  readonly key: string;
  readonly op: string;
}

/**
 * Brings `secret_keys` up to date for the changes that were just recorded of a revision. A revision may be recorded late (a
 * recovered save): keys that a later one has touched have their row from that one. Looks at nothing older than the
 * revision, so that a long history does not slow a save down.
 */
export const refreshKeyNames = async (
  tx: Tx,
  environmentId: string,
  revision: number,
  changes: readonly RecordedKey[],
): Promise<void> => {
  if (changes.length === 0) return;
  const later = await tx
    .selectFrom("revision_changes")
    .select("key")
    .where("environment_id", "=", environmentId)
    .where(
      "key",
      "in",
      changes.map(({ key }) => key),
    )
    .where("revision", ">", revision)
    .execute();
  const isLate = new Set(later.map(({ key }) => key));
  const newest = changes.filter(({ key }) => !isLate.has(key));
  const gone = newest.filter(({ op }) => op === "removed").map(({ key }) => key);
  const there = newest.filter(({ op }) => op !== "removed");
  if (gone.length > 0)
    await tx.deleteFrom("secret_keys").where("environment_id", "=", environmentId).where("key", "in", gone).execute();
  if (there.length === 0) return;
  await tx
    .insertInto("secret_keys")
    .values(there.map(({ key }) => ({ environment_id: environmentId, key, folded: fold(key), revision })))
    .onConflict((conflict) => conflict.columns(["environment_id", "key"]).doUpdateSet({ revision }))
    .execute();
};
