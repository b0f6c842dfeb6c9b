import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ask, deploy, makeHome, makeProcessEnvironment, startServer } from "../../e2e/harness/server.ts";
import { openDatabase } from "./database/open.ts";
import { recordPurge } from "./features/secrets/purge.ts";

test("a purge deletes every older value of removed keys, and nothing that is deployed", async () => {
  const home = await makeHome();
  onTestFinished(async () => await home.remove());
  const server = await startServer(home);
  onTestFinished(async () => await server.kill());
  const base = await makeProcessEnvironment(server);
  const change = async (ifMatch: number, body: unknown) =>
    (await ask(server, `PATCH ${base}/secrets`, { ifMatch, body })).body;
  await change(0, { set: { A: "1", LEAKED: "1", ONCE: "1" } });
  await change(1, { set: { LEAKED: "2" } });
  await change(2, { remove: ["ONCE"] });
  await deploy(server, base, {});

  expect(await change(3, { set: { B: "1" }, purge: true })).toMatchObject({ code: "invalid", field: "purge" });
  const inUse = await change(3, { remove: ["LEAKED"], purge: true });
  expect(inUse).toMatchObject({ code: "in_use", key: "LEAKED", actual: 3, changed: false });
  expect((await ask(server, `GET ${base}/secrets`)).body.revision).toBe(3);
  // Removed once: revisions 1 and 2 hold it, the deployed one does not.
  const once = await change(3, { remove: ["ONCE"], purge: true });
  expect(once).toMatchObject({ revision: 3, changed: false, purged: ["ONCE"] });
  const unknown = await change(3, { remove: ["NEVER"], purge: true });
  expect(unknown).toMatchObject({ code: "not_found", key: "NEVER" });

  await change(3, { remove: ["LEAKED"] });
  await deploy(server, base, {});
  const purged = await change(4, { remove: ["LEAKED", "A"], set: { B: "1" }, purge: true });
  expect(purged).toMatchObject({ code: "in_use", key: "A" });
  expect(await change(4, { remove: ["LEAKED"], purge: true })).toMatchObject({ purged: ["LEAKED"], changed: false });
  const { items } = (await ask(server, `GET ${base}/revisions`)).body;
  expect(items.map((one: any) => [one.revision, one.readable])).toEqual([
    [4, true],
    [3, false],
    [2, false],
    [1, false],
  ]);
  for (const what of [`POST ${base}/secrets/LEAKED/reveal`, `POST ${base}/bundle`] as const) {
    const body = what.endsWith("bundle") ? { of: 3 } : { revision: 3 };
    expect((await ask(server, what, { body })).body).toMatchObject({ code: "revision_gone" });
  }
  // What ran before cannot be taken back any more, and says so.
  expect((await ask(server, `POST ${base}/deployments/2/undo`, { body: {} })).body).toMatchObject({
    code: "revision_gone",
  });
  const entries = (await ask(server, "GET /audit?limit=100")).body.items;
  const told = entries.filter((one: any) => one.action === "secrets.change" && one.details.purged !== undefined);
  expect(told.map((one: any) => one.details)).toMatchObject([
    { purged: ["LEAKED"], revisionsGone: [3] },
    { purged: ["ONCE"], revisionsGone: [1, 2] },
  ]);
  await server.stop();
  const { db, close } = await openDatabase(home.databaseUrl ?? join(home.dataDir, "keyroll.db"));
  expect(await db.selectFrom("local_store_values").select("key").execute()).toEqual([{ key: "A" }]);
  await close();
});

test("a purge takes nothing from revisions that were saved after it", async () => {
  const home = await makeHome();
  onTestFinished(async () => await home.remove());
  const server = await startServer(home);
  onTestFinished(async () => await server.kill());
  const base = await makeProcessEnvironment(server);
  const changes = [{ set: { K: "old", B: "1" } }, { remove: ["K"] }, { set: { K: "new" } }];
  for (const [ifMatch, body] of changes.entries()) await ask(server, `PATCH ${base}/secrets`, { ifMatch, body });
  await server.stop();
  const { db, close } = await openDatabase(home.databaseUrl ?? join(home.dataDir, "keyroll.db"));
  const { id } = await db.selectFrom("environments").select("id").executeTakeFirstOrThrow();
  // As it is recorded late, once a server has died: the purge is of revision 2.
  expect(await db.transaction().execute(async (tx) => await recordPurge(tx, id, ["K"], 2))).toEqual([1]);
  const rows = await db.selectFrom("revisions").select(["revision", "readable"]).orderBy("revision").execute();
  expect(rows.map(({ revision, readable }) => [revision, readable])).toEqual([
    [1, 0],
    [2, 1],
    [3, 1],
  ]);
  await close();
});
