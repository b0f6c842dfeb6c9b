import Database from "better-sqlite3";
import { Kysely, sql } from "kysely";
import { expect, test } from "vitest";
import { createCommits } from "./commits.ts";

interface Things {
  readonly things: { readonly name: string };
}

const open = () => {
  const file = new Database(":memory:");
  const prepared: string[] = [];
  const commits = createCommits({
    get inTransaction() {
      return file.inTransaction;
    },
    close: () => file.close(),
    prepare: (text) => {
      prepared.push(text);
      return file.prepare(text);
    },
  });
  return { prepared, commits, db: new Kysely<Things>({ dialect: commits.dialect }) };
};

test("a statement is prepared once, and again after a change of the schema, whose columns it then answers", async () => {
  const { db, prepared } = open();
  await sql`create table things (name text)`.execute(db);
  const all = async () => await db.selectFrom("things").selectAll().execute();
  await db.insertInto("things").values({ name: "one" }).execute();
  await db.insertInto("things").values({ name: "two" }).execute();
  expect(await all()).toEqual([{ name: "one" }, { name: "two" }]);
  await all();
  expect(prepared).toHaveLength(3);
  await sql`alter table things add column size integer`.execute(db);
  expect(await all()).toEqual([
    { name: "one", size: null },
    { name: "two", size: null },
  ]);
  expect(prepared).toHaveLength(5);
  await db.destroy();
});

test("what waits for a commit runs after it, and never after a rollback", async () => {
  const { db, commits } = open();
  await sql`create table things (name text)`.execute(db);
  const done: string[] = [];
  await db.transaction().execute(async (tx) => {
    await tx.insertInto("things").values({ name: "one" }).execute();
    commits.after(() => done.push("kept"));
    expect(done).toEqual([]);
  });
  const broken = db.transaction().execute(async () => {
    commits.after(() => done.push("lost"));
    throw new Error("no");
  });
  await expect(broken).rejects.toThrow("no");
  expect(done).toEqual(["kept"]);
  await db.destroy();
});

test("a disk that is full is told as that, and not as a rollback that has nothing to take back", async () => {
  const { db } = open();
  await sql`create table things (name text)`.execute(db);
  await sql`pragma max_page_count = 3`.execute(db);
  const full = db.transaction().execute(async (tx) => {
    await tx
      .insertInto("things")
      .values({ name: "x".repeat(100_000) })
      .execute();
  });
  await expect(full).rejects.toMatchObject({ code: "SQLITE_FULL" });
  await db.insertInto("things").values({ name: "small" }).execute();
  expect(await db.selectFrom("things").selectAll().execute()).toEqual([{ name: "small" }]);
  await db.destroy();
});
