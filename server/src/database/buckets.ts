import { sql, type RawBuilder } from "kysely";
import type { Buckets } from "../ports/buckets.ts";
import type { Db } from "./schema.ts";

/** PostgreSQL's clock, which all servers share; not the transaction's, which stands still. */
const databaseTime: RawBuilder<number> = sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/**
 * Token buckets as rows of PostgreSQL. Each call is one statement that commits by itself.
 * @param now what stands for the database's time, as SQL; epoch milliseconds
 */
export const createBuckets = (db: Db, now: RawBuilder<number> = databaseTime): Buckets => ({
  read: async (name) => {
    const { rows } = await sql<{
      now: number;
      version: number | null;
      tokens: number;
      at: number;
      rate_share: number;
      burst_share: number;
      slowed_at: number;
    }>`
      select c.now, b.* from (select ${now} as now) c left join pacer_buckets b on b.name = ${name}`.execute(db);
    const [row] = rows;
    if (row === undefined || row.version === null) return { bucket: null, version: 0, now: row?.now ?? 0 };
    const { tokens, at, rate_share: rateShare, burst_share: burstShare, slowed_at: slowedAt } = row;
    return { bucket: { tokens, at, rateShare, burstShare, slowedAt }, version: row.version, now: row.now };
  },
  replace: async (name, version, { tokens, at, rateShare, burstShare, slowedAt }) => {
    const row = { tokens, at, rate_share: rateShare, burst_share: burstShare, slowed_at: slowedAt };
    if (version === 0) {
      const made = await db
        .insertInto("pacer_buckets")
        .values({ name, version: 1, ...row })
        .onConflict((conflict) => conflict.column("name").doNothing())
        .executeTakeFirst();
      return made.numInsertedOrUpdatedRows === 1n;
    }
    const changed = await db
      .updateTable("pacer_buckets")
      .set({ version: version + 1, ...row })
      .where("name", "=", name)
      .where("version", "=", version)
      .executeTakeFirst();
    return changed.numUpdatedRows === 1n;
  },
});
