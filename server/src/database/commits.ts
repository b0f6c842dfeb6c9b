import { SqliteDialect, SqliteDriver, type DatabaseConnection, type Dialect, type SqliteDatabase } from "kysely";

/** What waits for the end of the open transaction. SQLite has one connection, so there is one at a time. */
export interface Commits {
  /** Runs `work` when the open transaction has committed, and never when it has not. */
  after(work: () => void): void;
  readonly dialect: Dialect;
}

/** Statements kept for the next time; those of lists of every length are many. */
const statementsKept = 300;

/**
 * The same file, whose statements are prepared once: preparing takes a seventh of a save. A change of the schema forgets
 * them all, because the columns that a statement answers are found out when it is prepared.
 */
const preparedOnce = (database: SqliteDatabase): SqliteDatabase => {
  const known = new Map<string, ReturnType<SqliteDatabase["prepare"]>>();
  return {
    close: () => database.close(),
    prepare: (sql) => {
      const found = known.get(sql);
      const statement = found ?? database.prepare(sql);
      if (/^\s*(?:create|alter|drop)\b/iu.test(sql)) known.clear();
      else {
        // The one that was used longest ago goes first.
        known.delete(sql);
        known.set(sql, statement);
        const [oldest] = known.keys();
        if (known.size > statementsKept && oldest !== undefined) known.delete(oldest);
      }
      return statement;
    },
  };
};

/** A dialect for this file that knows when its transactions end. */
export const createCommits = (file: SqliteDatabase & { readonly inTransaction: boolean }): Commits => {
  const database = preparedOnce(file);
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
      // A full disk has ended it already (https://www.sqlite.org/lang_transaction.html); another error would hide that.
      if (file.inTransaction) await super.rollbackTransaction(connection);
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
