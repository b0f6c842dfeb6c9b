import { createChanges, migrate } from "./chunk-S36GZFFI.js";
import { KeyrollError } from "./chunk-4PWUQDZ7.js";

// server/src/database/sqlite.ts
import Database from "better-sqlite3";
import { Kysely } from "kysely";

// server/src/database/commits.ts
import { SqliteDialect, SqliteDriver } from "kysely";
var statementsKept = 300;
var preparedOnce = (database) => {
  const known = /* @__PURE__ */ new Map();
  return {
    close: () => database.close(),
    prepare: (sql) => {
      const found = known.get(sql);
      const statement = found ?? database.prepare(sql);
      if (/^\s*(?:create|alter|drop)\b/iu.test(sql)) known.clear();
      else {
        known.delete(sql);
        known.set(sql, statement);
        const [oldest] = known.keys();
        if (known.size > statementsKept && oldest !== void 0) known.delete(oldest);
      }
      return statement;
    },
  };
};
var createCommits = (file) => {
  const database = preparedOnce(file);
  let waiting = [];
  class Driver extends SqliteDriver {
    async commitTransaction(connection) {
      await super.commitTransaction(connection);
      const due = waiting;
      waiting = [];
      for (const work of due) work();
    }
    async rollbackTransaction(connection) {
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

// server/src/database/sqlite.ts
var openSqlite = async (path) => {
  const file = open(path);
  const pragma = (text) => file.pragma(text, { simple: true });
  pragma("locking_mode = EXCLUSIVE");
  takeFile(file);
  pragma("journal_mode = WAL");
  pragma("synchronous = FULL");
  pragma("foreign_keys = ON");
  pragma("busy_timeout = 5000");
  pragma("secure_delete = ON");
  const found = [pragma("journal_mode"), pragma("synchronous"), pragma("foreign_keys")];
  if (path !== ":memory:" && (found[0] !== "wal" || found[1] !== 2 || found[2] !== 1)) {
    throw new KeyrollError(
      "unavailable",
      `SQLite does not take the durable settings here (journal_mode ${String(found[0])}).`,
      {
        next: "Put KEYROLL_DATA_DIR on a local disk.",
      },
    );
  }
  const commits = createCommits(file);
  const db = new Kysely({ dialect: commits.dialect });
  try {
    await migrate(db, "sqlite");
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const changes = createChanges();
  tellChanges(file, commits, changes);
  return { db, dialect: "sqlite", changes, afterCommit: (work) => commits.after(work), close: () => db.destroy() };
};
var tellChanges = (file, commits, changes) => {
  file.function("keyroll_tell", (topic) => {
    const tell = () => changes.tell(String(topic));
    if (file.inTransaction) commits.after(tell);
    else queueMicrotask(tell);
    return null;
  });
  file.exec(`
    create temp trigger journal_told after insert on main.journal
      begin select keyroll_tell('journal:' || new.environment_id); end;
    create temp trigger sessions_told after delete on main.sessions begin select keyroll_tell('access'); end;
    create temp trigger tokens_told after update of revoked_at on main.tokens begin select keyroll_tell('access'); end;
    create temp trigger tokens_gone after delete on main.tokens begin select keyroll_tell('access'); end;
    create temp trigger members_told after update on main.members begin select keyroll_tell('access'); end;
    create temp trigger members_gone after delete on main.members begin select keyroll_tell('access'); end;
  `);
};
var takeFile = (file) => {
  try {
    file.exec("begin exclusive; commit");
  } catch (cause) {
    throw new KeyrollError(
      "unavailable",
      "Another Keyroll is running on this KEYROLL_DATA_DIR.",
      { next: "Stop it, or give this one another folder." },
      { cause },
    );
  }
};
var open = (path) => {
  try {
    return new Database(path);
  } catch (cause) {
    throw new KeyrollError("unavailable", "The SQLite file in KEYROLL_DATA_DIR cannot be opened.", {}, { cause });
  }
};
export { openSqlite };
//# sourceMappingURL=sqlite-7LT4QAXX.js.map
