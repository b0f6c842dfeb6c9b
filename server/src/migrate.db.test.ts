import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ask, makeHome, startServer, type Home } from "../../e2e/harness/server.ts";
import { openDatabase } from "./database/open.ts";
import type { Db } from "./database/schema.ts";

let home: Home;

beforeEach(async () => {
  home = await makeHome();
});
afterEach(async () => await home.remove());

const where = (): string => home.databaseUrl ?? join(home.dataDir, "keyroll.db");

const open = async <T>(work: (db: Db, dialect: "sqlite" | "postgres") => Promise<T>): Promise<T> => {
  const database = await openDatabase(where());
  try {
    return await work(database.db, database.dialect);
  } finally {
    await database.close();
  }
};

/** Past Keyroll's own opening, which would migrate. */
const raw = async (statement: string): Promise<unknown[]> => {
  if (home.databaseUrl === null) {
    const { default: Sqlite } = await import("better-sqlite3");
    const file = new Sqlite(where());
    try {
      const prepared = file.prepare(statement);
      return prepared.reader ? prepared.all() : [prepared.run()];
    } finally {
      file.close();
    }
  }
  const { Client } = await import("pg");
  const client = new Client({ connectionString: home.databaseUrl });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
};

/** Every table, column, index and trigger as the database itself describes them, and the version. */
const shape = async (): Promise<unknown> => ({
  version: await raw("select version from keyroll_schema"),
  objects: await raw(
    home.databaseUrl === null
      ? "select type, name, sql from sqlite_master order by type, name"
      : `select 'column' as type, table_name || '.' || column_name as name, data_type || column_default || is_nullable as sql
         from information_schema.columns where table_schema = 'public'
         union all select 'index', indexname, indexdef from pg_indexes where schemaname = 'public'
         union all select 'trigger', tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
         order by 1, 2`,
  ),
});

test("opening a second time changes nothing", async () => {
  await open(async () => undefined);
  const before = await shape();
  await open(async () => undefined);
  expect(await shape()).toEqual(before);
  expect(await raw("select count(*) as n from keyroll_schema")).toMatchObject([{ n: expect.toSatisfy(isOne) }]);
});

const isOne = (n: unknown): boolean => Number(n) === 1;

test("a server of an older Keyroll refuses a newer schema, names both versions, and touches nothing", async () => {
  const server = await startServer(home);
  await ask(server, "POST /apps", { body: { name: "shop" } });
  await server.stop();
  const [{ version } = { version: 0 }] = (await raw("select version from keyroll_schema")) as { version: number }[];
  const newer = version + 7;
  await raw(`update keyroll_schema set version = ${newer}`);
  await raw("alter table apps add column from_the_future text");
  const before = await shape();
  const refusal = await startServer(home).then(
    async (started) => {
      await started.stop();
      return "it started";
    },
    (error: Error) => error.message,
  );
  expect(refusal).toContain("ended with 7");
  expect(refusal).toContain(`has schema ${newer}, this Keyroll knows ${version}. Nothing was changed.`);
  expect(refusal).toContain("Start the newer Keyroll");
  expect(await shape()).toEqual(before);
  expect(await raw("select name from apps")).toEqual([{ name: "shop" }]);
});

test("a migration that breaks leaves nothing of itself", async () => {
  await raw("create table audit (of_somebody_else integer)");
  const failed = await open(async () => "it opened").catch((error: Error) => error.message);
  expect(failed).toMatch(/audit.*exists/u);
  const tables = await raw(
    home.databaseUrl === null
      ? "select name from sqlite_master where type = 'table'"
      : "select tablename as name from pg_tables where schemaname = 'public'",
  );
  expect(tables).toEqual([{ name: "audit" }]);
});

test("servers that open an empty database at once migrate it once", async () => {
  // On SQLite a second server is refused, so this is about PostgreSQL; there four race for the lock.
  const racers = home.databaseUrl === null ? 1 : 4;
  const versions = await Promise.all(
    Array.from({ length: racers }, async () =>
      open(async (db) => (await sql<{ version: number }>`select version from keyroll_schema`.execute(db)).rows),
    ),
  );
  expect(new Set(versions.map((rows) => JSON.stringify(rows))).size).toBe(1);
});
