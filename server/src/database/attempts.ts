import { KeyrollError } from "@keyroll/contract/errors";
import { sql } from "kysely";
import type { Dialect } from "./migrate.ts";
import type { Tx } from "./schema.ts";

export interface Attempt {
  readonly id: string;
  /** What is limited, such as `login:name`. */
  readonly subject: string;
  readonly most: number;
  /** Milliseconds. */
  readonly window: number;
  readonly now: number;
}

/**
 * Counts an attempt, one after the other per subject, so that a burst cannot pass together.
 * @throws {KeyrollError} `rate_limited` with the seconds to wait.
 */
export const countAttempt = async (tx: Tx, dialect: Dialect, attempt: Attempt): Promise<void> => {
  const { subject, most, window, now } = attempt;
  if (dialect === "postgres") await sql`select pg_advisory_xact_lock(hashtextextended(${subject}, 0))`.execute(tx);
  const rows = await tx
    .selectFrom("attempts")
    .select("at")
    .where("subject", "=", subject)
    .where("at", ">", now - window)
    .orderBy("at")
    .execute();
  const first = rows.at(-most)?.at;
  if (first !== undefined) {
    throw new KeyrollError("rate_limited", `Too many requests: ${most} in ${window / 60_000} min are allowed.`, {
      limit: most,
      retryAfter: Math.max(1, Math.ceil((first + window - now) / 1000)),
    });
  }
  await tx
    .deleteFrom("attempts")
    .where("subject", "=", subject)
    .where("at", "<=", now - window)
    .execute();
  await tx.insertInto("attempts").values({ id: attempt.id, subject, at: now }).execute();
};
