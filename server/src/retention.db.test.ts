import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  ask,
  deploy,
  makeHome,
  makeProcessEnvironment,
  startServer,
  until,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";
import { openDatabase } from "./database/open.ts";
import type { Db } from "./database/schema.ts";

const days = (count: number): number => count * 24 * 3_600_000;

const homeOf = async (): Promise<{ home: Home; start: () => Promise<TestServer> }> => {
  const home = await makeHome();
  const servers: TestServer[] = [];
  onTestFinished(async () => {
    await Promise.all(servers.map(async (server) => await server.kill()));
    await home.remove();
  });
  const start = async (): Promise<TestServer> => {
    const server = await startServer(home);
    servers.push(server);
    return server;
  };
  return { home, start };
};

const inDatabase = async <T>(home: Home, work: (db: Db) => Promise<T>): Promise<T> => {
  const database = await openDatabase(home.databaseUrl ?? join(home.dataDir, "keyroll.db"));
  try {
    return await work(database.db);
  } finally {
    await database.close();
  }
};

/** As if everything that is saved had been saved so long ago. */
const grow = async (home: Home, ms: number): Promise<void> =>
  await inDatabase(home, async (db) => {
    await db
      .updateTable("revisions")
      .set((e) => ({ at: e("at", "-", ms) }))
      .execute();
    await db
      .updateTable("local_store_revisions")
      .set((e) => ({ at: e("at", "-", ms) }))
      .execute();
    await db.updateTable("retention").set({ due_at: 0 }).execute();
  });
const save = async (server: TestServer, base: string, from: number, to: number): Promise<void> => {
  for (let n = from; n <= to; n++) {
    const { status } = await ask(server, `PATCH ${base}/secrets`, {
      ifMatch: n - 1,
      body: { set: { A: `value ${n}` } },
    });
    expect(status).toBe(200);
  }
};
const readable = async (server: TestServer, base: string): Promise<number[]> =>
  (await ask(server, `GET ${base}/revisions?limit=200`)).body.items
    .filter((one: { readable: boolean }) => one.readable)
    .map((one: { revision: number }) => one.revision)
    .toReversed();
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const entries = async (server: TestServer): Promise<any[]> =>
  (await ask(server, "GET /audit?limit=200")).body.items.filter((one: any) => one.action === "secrets.prune");

test("old values go, but those of the newest 20 revisions and those that a deployment may need", async () => {
  const { home, start } = await homeOf();
  const first = await start();
  const base = await makeProcessEnvironment(first);
  await save(first, base, 1, 3);
  await deploy(first, base, { revision: 2 });
  await deploy(first, base, { revision: 3 });
  await save(first, base, 4, 30);
  expect(await readable(first, base)).toEqual(numbers(1, 30));
  await first.stop();
  await grow(home, days(31));

  const second = await start();
  const left = [2, 3, ...numbers(11, 30)];
  await until(
    async () => await readable(second, base),
    (found) => found.length < 30,
  );
  expect(await readable(second, base)).toEqual(left);
  // Their rows tell who and when; their values are nowhere.
  const history = (await ask(second, `GET ${base}/revisions?limit=200`)).body.items;
  expect(history.length).toBe(30);
  expect((await ask(second, `GET ${base}/revisions/5`)).body).toMatchObject({ code: "revision_gone", status: 410 });
  // The one before it is gone; whoever names that one is told so.
  const oldest = await ask(second, `GET ${base}/revisions/11`);
  expect(oldest, JSON.stringify(oldest.body)).toMatchObject({
    status: 200,
    body: { revision: { revision: 11 }, against: 0, difference: [{ key: "A", status: "added" }] },
  });
  const named = await ask(second, `GET ${base}/revisions/11?against=10`);
  expect(named.body).toMatchObject({ code: "revision_gone", field: "against", actual: 10 });
  expect((await ask(second, `GET ${base}/revisions/12`)).body).toMatchObject({ against: 11 });
  const restored = await ask(second, `POST ${base}/revisions/5/restore`, { ifMatch: 30, body: {} });
  expect(restored.body).toMatchObject({ code: "revision_gone" });
  const reveal = await ask(second, `POST ${base}/secrets/A/reveal`, { body: { revision: 5 } });
  expect(reveal.body).toMatchObject({ code: "revision_gone" });
  const refused = await ask(second, `POST ${base}/deployments`, { body: { revision: 5 } });
  expect(refused.body).toMatchObject({ code: "revision_gone", actual: 5, changed: false });
  // Undo takes back what ran before.
  const undone = await ask(second, `POST ${base}/deployments/2/undo`, { body: {} });
  expect(undone.body.deployment.goal.revision).toBe(2);
  expect(await entries(second)).toMatchObject([
    { actor: { name: "Keyroll (retention)" }, details: { revisions: [1, ...numbers(4, 10)], left: 22 } },
  ]);
  await second.stop();
  const kept = await inDatabase(
    home,
    async (db) => await db.selectFrom("local_store_values").select("revision").execute(),
  );
  expect(kept.map(({ revision }) => revision).toSorted((a, b) => a - b)).toEqual(left);
});

test("nothing goes within 30 days, and only environments with something to lose are looked at again", async () => {
  const { home, start } = await homeOf();
  const first = await start();
  const base = await makeProcessEnvironment(first);
  await save(first, base, 1, 21);
  for (const [name, revisions] of [
    ["few", 1],
    ["old", 21],
  ] as const) {
    await ask(first, "POST /apps/shop/environments", { body: { name, connection: "here", kind: "sandbox" } });
    await save(first, `/apps/shop/environments/${name}`, 1, revisions);
  }
  await first.stop();
  await grow(home, days(29));
  await inDatabase(home, async (db) => {
    const { id } = await db.selectFrom("environments").select("id").where("name", "=", "old").executeTakeFirstOrThrow();
    for (const table of ["revisions", "local_store_revisions"] as const)
      await db
        .updateTable(table)
        .set((e) => ({ at: e("at", "-", days(2)) }))
        .where("environment_id", "=", id)
        .execute();
    // The last one of the sweep.
    await db.updateTable("retention").set({ due_at: 1 }).where("environment_id", "=", id).execute();
  });
  const second = await start();
  await until(
    async () => await readable(second, "/apps/shop/environments/old"),
    (found) => found.length === 20,
  );
  expect(await readable(second, base)).toEqual(numbers(1, 21));
  expect((await entries(second)).map((one) => one.environment)).toEqual(["old"]);
  await second.stop();
  const rows = await inDatabase(
    home,
    async (db) =>
      await db
        .selectFrom("retention")
        .innerJoin("environments", "environments.id", "retention.environment_id")
        .select(["name", "due_at", "unfinished"])
        .execute(),
  );
  const due = Object.fromEntries(rows.map((row) => [row.name, row.due_at]));
  expect(due).toEqual({ dev: expect.any(Number), few: null, old: null });
  expect(due["dev"]).toBeGreaterThan(Date.now() + days(0.9));
  expect(due["dev"]).toBeLessThan(Date.now() + days(1.1));
});

test("an environment that cannot be looked at stops no other, and is tried again later", async () => {
  const { home, start } = await homeOf();
  const first = await start();
  const base = await makeProcessEnvironment(first);
  await save(first, base, 1, 22);
  await ask(first, "POST /apps/shop/environments", { body: { name: "other", connection: "here", kind: "sandbox" } });
  const other = "/apps/shop/environments/other";
  await save(first, other, 1, 22);
  await first.stop();
  await grow(home, days(31));
  await inDatabase(home, async (db) => {
    const { id } = await db.selectFrom("environments").select("id").where("name", "=", "dev").executeTakeFirstOrThrow();
    await db.updateTable("retention").set({ due_at: -1 }).where("environment_id", "=", id).execute();
    await db
      .updateTable("local_store_revisions")
      .set({ manifest: "damaged" })
      .where("environment_id", "=", id)
      .where("revision", "=", 3)
      .execute();
  });
  const second = await start();
  await until(
    async () => await readable(second, other),
    (found) => found.length === 20,
  );
  expect(await readable(second, base)).toEqual(numbers(1, 22));
  expect(second.output()).toMatch(/old values could not be removed yet/u);
});
