import { Kysely, PostgresDialect } from "kysely";
import { Pool, TypeOverrides, type PoolClient } from "pg";
import { createChanges } from "./changes.ts";
import { listen } from "./listen.ts";
import { migrate } from "./migrate.ts";
import type { PostgresOpened } from "./open.ts";
import type { Schema } from "./schema.ts";
import { longestSilence, streamWith } from "./silence.ts";
import { DatabaseAway } from "./trouble.ts";

/** int8, which node-postgres hands out as text: every one of ours is below 2^53 (epoch milliseconds, counters). */
const int8 = 20;

/** Connections of which none is waited for in vain; silence 0: each statement may take as long as it likes. */
const connectTo = (url: string, silence: number): Kysely<Schema> => {
  const types = new TypeOverrides();
  types.setTypeParser(int8, Number);
  const stream = streamWith(silence);
  const pool = new Pool({ connectionString: url, max: 10, types, stream, connectionTimeoutMillis: 10_000 });
  // One that breaks is replaced at the next use, and a statement on it fails; unheard, its error would end the process:
  // the pool hears those that nobody uses, and nobody those that somebody does.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  const connect = async (): Promise<PoolClient> => {
    try {
      return await pool.connect();
    } catch (cause) {
      throw new DatabaseAway(cause);
    }
  };
  return new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: { options: pool.options, connect, end: async () => await pool.end() } }),
  });
};

/**
 * Connects to PostgreSQL: a pool of 10, and one connection that hears what other servers commit.
 * @throws {DatabaseAway} when it cannot be reached; {KeyrollError} `unavailable` for a newer schema.
 */
export const openPostgres = async (url: string, silence = longestSilence): Promise<PostgresOpened> => {
  // A migration takes as long as it takes, and so does that of another server which is waited for.
  const patient = connectTo(url, 0);
  try {
    await migrate(patient, "postgres");
  } finally {
    await patient.destroy();
  }
  const db = connectTo(url, silence);
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
