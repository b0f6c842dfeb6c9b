import type { Dialect } from "./migrate.ts";
import type { Db } from "./schema.ts";

/** An open database of either kind, migrated. */
export interface Database {
  readonly db: Db;
  readonly dialect: Dialect;
  close(): Promise<void>;
}

/** `postgres://…` is PostgreSQL, anything else the path of an SQLite file. */
export const openDatabase = async (where: string): Promise<Database> =>
  /^postgres(ql)?:\/\//u.test(where)
    ? (await import("./postgres.ts")).openPostgres(where)
    : (await import("./sqlite.ts")).openSqlite(where);
