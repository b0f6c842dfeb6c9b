import { SqliteDialect, SqliteDriver, type DatabaseConnection, type Dialect, type SqliteDatabase } from "kysely";

/** What waits for the end of the open transaction. SQLite has one connection, so there is one at a time. */
export interface Commits {
  /** Runs `work` when the open transaction has committed, and never when it has not. */
  after(work: () => void): void;
  readonly dialect: Dialect;
}

/** A dialect for this file that knows when its transactions end. */
export const createCommits = (database: SqliteDatabase): Commits => {
  let waiting: (() => void)[] = [];
  class Driver extends SqliteDriver {
    override async commitTransaction(connection: DatabaseConnection): Promise<void> {
      await super.commitTransaction(connection);
      const due = waiting;
      waiting = [];
      for (const work of due) work();
    }
    override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
      waiting = [];
      await super.rollbackTransaction(connection);
    }
  }
  const plain = new SqliteDialect({ database });
  return {
    after: (work) => {
      waiting.push(work);
    },
    dialect: {
      createAdapter: () => plain.createAdapter(),
      createDriver: () => new Driver({ database }),
      createIntrospector: (db) => plain.createIntrospector(db),
      createQueryCompiler: () => plain.createQueryCompiler(),
    },
  };
};
