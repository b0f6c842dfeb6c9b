import { KeyrollError } from "@keyroll/contract/errors";
import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { migrate } from "./migrate.ts";
import type { Database as Opened } from "./open.ts";
import type { Schema } from "./schema.ts";

/**
 * Opens (or makes) the SQLite file, durable: an acknowledged transaction survives a power cut
 * (WAL with synchronous=FULL: https://www.sqlite.org/pragma.html#pragma_synchronous).
 * @throws {KeyrollError} `unavailable` when the file cannot be opened so, or is of a newer schema.
 */
export const openSqlite = async (path: string): Promise<Opened> => {
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
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: file }) });
  await migrate(db, "sqlite");
  return { db, dialect: "sqlite", close: () => db.destroy() };
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
