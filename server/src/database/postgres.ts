import { Kysely, PostgresDialect } from "kysely";
import { Pool, TypeOverrides } from "pg";
import { migrate } from "./migrate.ts";
import type { Database as Opened } from "./open.ts";
import type { Schema } from "./schema.ts";

/** int8, which node-postgres hands out as text: every one of ours is below 2^53 (epoch milliseconds, counters). */
const int8 = 20;

/**
 * Connects to PostgreSQL.
 * @throws the driver's error when it cannot be reached; {KeyrollError} `unavailable` for a newer schema.
 */
export const openPostgres = async (url: string): Promise<Opened> => {
  const types = new TypeOverrides();
  types.setTypeParser(int8, Number);
  const pool = new Pool({ connectionString: url, max: 10, types, connectionTimeoutMillis: 10_000 });
  // An idle connection that breaks is replaced at the next use; unheard, its error would end the process.
  pool.on("error", () => undefined);
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  await migrate(db, "postgres");
  return { db, dialect: "postgres", close: () => db.destroy() };
};
