import type { Changes } from "../ports/changes.ts";
import type { Db } from "./schema.ts";

interface Opened {
  readonly db: Db;
  readonly changes: Changes;
  close(): Promise<void>;
}

export interface SqliteOpened extends Opened {
  readonly dialect: "sqlite";
  /** Runs `work` when the open transaction has committed, and never when it has not. */
  readonly afterCommit: (work: () => void) => void;
}

export interface PostgresOpened extends Opened {
  readonly dialect: "postgres";
  readonly url: string;
}

/** An open database of either kind, migrated. */
export type Database = SqliteOpened | PostgresOpened;

/** `postgres://…` is PostgreSQL, anything else the path of an SQLite file. */
export const openDatabase = async (where: string): Promise<Database> =>
  /^postgres(ql)?:\/\//u.test(where)
    ? (await import("./postgres.ts")).openPostgres(where)
    : (await import("./sqlite.ts")).openSqlite(where);
