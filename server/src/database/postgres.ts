import { Kysely, PostgresDialect } from "kysely";
import { Pool, TypeOverrides, type PoolClient } from "pg";
import { createChanges } from "./changes.ts";
import { listen } from "./listen.ts";
import { migrate } from "./migrate.ts";
import type { PostgresOpened } from "./open.ts";
import type { Schema } from "./schema.ts";
import { DatabaseAway } from "./trouble.ts";

/** int8, which node-postgres hands out as text: every one of ours is below 2^53 (epoch milliseconds, counters). */
const int8 = 20;

/**
 * Connects to PostgreSQL: a pool of 10, and one connection that hears what other servers commit.
 * @throws {DatabaseAway} when it cannot be reached; {KeyrollError} `unavailable` for a newer schema.
 */
export const openPostgres = async (url: string): Promise<PostgresOpened> => {
  const types = new TypeOverrides();
  types.setTypeParser(int8, Number);
  const pool = new Pool({ connectionString: url, max: 10, types, connectionTimeoutMillis: 10_000 });
  // A connection that breaks while it is idle, or between two statements, is replaced at its next use, or fails what uses
  // it; unheard, its error would end the process. The pool itself hears only those that are idle.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  const connect = async (): Promise<PoolClient> => {
    try {
      return await pool.connect();
    } catch (cause) {
      throw new DatabaseAway(cause);
    }
  };
  const db = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: { options: pool.options, connect, end: async () => await pool.end() } }),
  });
  try {
    await migrate(db, "postgres");
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const changes = createChanges();
  const listening = await listen(url, changes);
  return {
    db,
    dialect: "postgres",
    url,
    changes,
    close: async () => {
      await listening.close();
      await db.destroy();
    },
  };
};
