import { isOvertaken } from "../database/trouble.ts";
import type { Db, Tx } from "../database/schema.ts";

/** More than as many at once is no coincidence, but a mistake of ours. */
const mostRounds = 5;

/**
 * One transaction. Who comes second of two looks again, and is told what the first one has changed ("exists already"); so
 * the work is run anew, and does nothing that the end of its transaction does not take back.
 */
export const transact = async <T>({ db }: { readonly db: Db }, work: (tx: Tx) => Promise<T>): Promise<T> => {
  for (let round = 1; ; round++) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (round === mostRounds || !isOvertaken(error)) throw error;
    }
  }
};
