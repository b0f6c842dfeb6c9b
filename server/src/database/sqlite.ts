import { KeyrollError } from "@keyroll/contract/errors";
import Database from "better-sqlite3";
import { Kysely } from "kysely";
import { createChanges, type ToldChanges } from "./changes.ts";
import { createCommits, type Commits } from "./commits.ts";
import { migrate } from "./migrate.ts";
import type { SqliteOpened } from "./open.ts";
import type { Schema } from "./schema.ts";

/**
 * Opens (or makes) the SQLite file, durable: an acknowledged transaction survives a power cut
 * (WAL with synchronous=FULL: https://www.sqlite.org/pragma.html#pragma_synchronous).
 * @throws {KeyrollError} `unavailable` when the file cannot be opened so, or is of a newer schema.
 */
export const openSqlite = async (path: string): Promise<SqliteOpened> => {
  const file = open(path);
  const pragma = (text: string): unknown => file.pragma(text, { simple: true });
  // One server per file: a second one is refused at its start, so whatever this one finds begun has no living owner.
  pragma("locking_mode = EXCLUSIVE");
  takeFile(file);
  pragma("journal_mode = WAL");
  pragma("synchronous = FULL");
  pragma("foreign_keys = ON");
  pragma("busy_timeout = 5000");
  // Freed pages are zeroed, so that a removed ciphertext does not linger.
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
  const db = new Kysely<Schema>({ dialect: commits.dialect });
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

/** The triggers of migration 4 for this connection, the only one there is; told when the transaction has committed. */
const tellChanges = (file: Database.Database, commits: Commits, changes: ToldChanges): void => {
  file.function("keyroll_tell", (topic) => {
    const tell = (): void => changes.tell(String(topic));
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

const takeFile = (file: Database.Database): void => {
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

const open = (path: string): Database.Database => {
  try {
    return new Database(path);
  } catch (cause) {
    throw new KeyrollError("unavailable", "The SQLite file in KEYROLL_DATA_DIR cannot be opened.", {}, { cause });
  }
};
