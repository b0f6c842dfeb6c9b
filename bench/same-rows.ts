import { randomBytes } from "node:crypto";
import { join } from "node:path";
import Database from "better-sqlite3";

/** What one save adds, and the column in which the rows of the next save differ. */
const added = {
  local_store_values: "revision",
  local_store_revisions: "revision",
  revisions: "revision",
  revision_changes: "revision",
  journal: "seq",
  audit: "id",
} as const;

export interface Floor {
  /** One durable transaction with the rows of a save. Answers its milliseconds. */
  save(): number;
  close(): void;
}

/**
 * The floor of a save: its rows, written again and again by SQLite alone, in one process, from prepared statements and with
 * the server's own settings of durability. No rule is checked, nothing is encrypted or read back.
 *
 * @param dataDir of a server that has ended, and whose last save set the keys of one environment
 */
export const floorOn = (dataDir: string, keys: number): Floor => {
  const file = new Database(join(dataDir, "keyroll.db"));
  for (const pragma of ["locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"])
    file.pragma(pragma);
  const tables = Object.entries(added).map(([table, column]) => {
    const limit = ["local_store_values", "revision_changes"].includes(table) ? keys : 1;
    const rows = file
      .prepare<[], Record<string, unknown>>(`select * from ${table} order by rowid desc limit ${limit}`)
      .all();
    const columns = Object.keys(rows[0] ?? {});
    const insert = file.prepare(
      `insert into ${table} (${columns.join(", ")}) values (${columns.map((name) => `@${name}`).join(", ")})`,
    );
    return { column, rows, insert };
  });
  const names = file
    .prepare<[], { environment_id: string; key: string }>("select environment_id, key from secret_keys")
    .all();
  const named = file.prepare("update secret_keys set revision = ? where environment_id = ? and key = ?");
  const counted = file.prepare("update environments set journal_seq = journal_seq + 1 where id = ?");
  // Far from any number that the server has given.
  let next = 1_000_000;
  const write = file.transaction(() => {
    next += 1;
    counted.run(names[0]?.environment_id);
    for (const { column, rows, insert } of tables)
      for (const row of rows)
        insert.run({
          ...row,
          [column]: column === "id" ? `floor-${next}` : next,
          ...("txn" in row ? { txn: `floor-${next}` } : {}),
          ...("nonce" in row ? { nonce: randomBytes(12) } : {}),
        });
    for (const { environment_id: environment, key } of names) named.run(next, environment, key);
  });
  return {
    save: () => {
      const began = performance.now();
      write.immediate();
      return performance.now() - began;
    },
    close: () => file.close(),
  };
};
