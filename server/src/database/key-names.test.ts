import Database from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { refreshKeyNames } from "./key-names.ts";
import { start } from "./migrations/0001-start.ts";
import { keyNames } from "./migrations/0003-key-names.ts";
import type { Db, Schema } from "./schema.ts";

let db: Db;

beforeEach(async () => {
  const database = new Database(":memory:");
  // The rows stand alone: their environments are not what is tested.
  database.pragma("foreign_keys = OFF");
  db = new Kysely<Schema>({ dialect: new SqliteDialect({ database }) });
  await start(db.schema, "sqlite");
});
afterEach(async () => await db.destroy());

/** `revision op key`, one change each, of environment `e` unless said. */
const record = async (...changes: readonly [number, string, string, string?][]): Promise<void> => {
  for (const [revision, op, key, environment = "e"] of changes)
    await db
      .insertInto("revision_changes")
      .values({ environment_id: environment, revision, key, op, bytes: 1, lines: 1, binary: 0, retires_old: 0 })
      .execute();
};
const names = async (): Promise<string[]> =>
  (await db.selectFrom("secret_keys").selectAll().orderBy("environment_id").orderBy("key").execute()).map(
    (row) => `${row.environment_id} ${row.key} ${row.folded} ${row.revision}`,
  );
const migrate = async () => await db.transaction().execute(async (tx) => await keyNames(tx.schema, "sqlite", tx));

test("the migration takes the newest change of each key, and no removed one", async () => {
  await record([1, "added", "Stays"], [1, "added", "GONE"], [1, "added", "BACK"], [1, "added", "Stays", "other"]);
  await record([2, "changed", "Stays"], [2, "removed", "GONE"], [2, "removed", "BACK"], [3, "added", "BACK"]);
  await migrate();
  expect(await names()).toEqual(["e BACK back 3", "e Stays stays 2", "other Stays stays 1"]);
});

test("a revision that is recorded after a newer one changes nothing that the newer one said", async () => {
  await migrate();
  const save = async (revision: number, ...changes: readonly [string, string][]) => {
    await record(...changes.map(([op, key]): [number, string, string] => [revision, op, key]));
    const recorded = changes.map(([op, key]) => ({ op, key }));
    await db.transaction().execute(async (tx) => await refreshKeyNames(tx, "e", revision, recorded));
  };
  await save(1, ["added", "A"], ["added", "B"], ["added", "OTHER"]);
  await save(3, ["removed", "A"], ["changed", "B"]);
  await save(2, ["changed", "A"], ["changed", "B"], ["added", "C"]);
  expect(await names()).toEqual(["e B b 3", "e C c 2", "e OTHER other 1"]);
  await save(4, ["added", "A"], ["removed", "C"]);
  expect(await names()).toEqual(["e A a 4", "e B b 3", "e OTHER other 1"]);
});
