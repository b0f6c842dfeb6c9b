import { neededRevisions } from "../../database/retention.ts";
import type { Reader } from "../../database/schema.ts";
import type { Clock } from "../../ports/clock.ts";

/** The newest revisions that stay, and how young those are that stay besides, whichever is more. */
export const retained = { revisions: 20, days: 30 } as const;

/** A number of a revision, and when it was saved. */
export interface Numbered {
  readonly revision: number;
  readonly at: number;
}

export const day = 24 * 3_600_000;

/** Revisions whose values are there as far as the database knows, newest first. */
export const readableRows = async (db: Reader, id: string): Promise<Numbered[]> =>
  await db
    .selectFrom("revisions")
    .select(["revision", "at"])
    .where("environment_id", "=", id)
    .where("readable", "=", 1)
    .orderBy("revision", "desc")
    .execute();

/** Those of the revisions (newest first) whose values stay, and what deployments need. */
export const keptOf = async (
  clock: Clock,
  db: Reader,
  id: string,
  revisions: readonly Numbered[],
): Promise<Set<number>> => {
  const youngest = clock.now() - retained.days * day;
  const kept = revisions.filter(({ at }, index) => index < retained.revisions || at > youngest);
  const needed = await neededRevisions(db, id);
  return new Set([...kept.map(({ revision }) => revision), ...needed]);
};
