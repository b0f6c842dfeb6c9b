import { join } from "node:path";
import { routes } from "@keyroll/contract";
import { expect, onTestFinished, test } from "vitest";
import {
  ask,
  makeHome,
  makeProcessEnvironment,
  startServer,
  until,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";
import { openDatabase, type Database } from "./database/open.ts";
import { presenceOf } from "./features/presence.ts";

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

const open = async (home: Home): Promise<Database> =>
  await openDatabase(home.databaseUrl ?? join(home.dataDir, "keyroll.db"));

/** A save that a server began and never settled. */
const insertOperation = async ({ db }: Database, id: string, holder: string): Promise<void> => {
  const { id: environment } = await db.selectFrom("environments").select("id").executeTakeFirstOrThrow();
  const { method, path } = routes["secrets.change"];
  await db
    .insertInto("operations")
    .values({
      id,
      route: `${method} ${path}`,
      environment_id: environment,
      actor: "{}",
      intent: JSON.stringify({ txn: id, base: 0, message: null, restoredFrom: null, retiresOld: [] }),
      holder,
      begun_at: 1,
      settled_at: null,
      outcome: null,
      share: 0,
      cancel_requested: 0,
      result: null,
      problem: null,
    })
    .execute();
};

const stateOf = async (server: TestServer, base: string, id: string): Promise<string> =>
  (await ask(server, `GET ${base}/operations/${id}`)).body.operation.state;

test("an operation whose server is gone is settled by the one that starts", async () => {
  const { home, start } = await homeOf();
  const first = await start();
  const base = await makeProcessEnvironment(first);
  await first.stop();
  const database = await open(home);
  await insertOperation(database, "cut-off", "a server of yesterday");
  await database.close();
  const second = await start();
  await until(
    async () => await stateOf(second, base, "cut-off"),
    (state) => state === "recovered",
    60,
  );
  const { body } = await ask(second, `GET ${base}/operations/cut-off`);
  expect(body.operation.message).toBe("the store never had it: nothing was saved");
}, 90_000);

test.each(process.env["KEYROLL_TEST_DATABASE_URL"] ? ["PostgreSQL"] : [])(
  "on %s an operation is left alone while its server lives, and settled by another when it has died",
  async () => {
    const { home, start } = await homeOf();
    const first = await start();
    const base = await makeProcessEnvironment(first);
    const database = await open(home);
    const living = await database.db
      .selectFrom("leases")
      .select("holder")
      .where("scope", "like", "server:%")
      .executeTakeFirstOrThrow();
    const second = await start();
    // Stopped, it settles nothing itself: it knows that it is not at work with this one. Its lease outlasts any busy
    // machine, until it is dead.
    process.kill(first.pid, "SIGSTOP");
    const lease = database.db.updateTable("leases").where("scope", "=", presenceOf(living.holder));
    await lease.set({ expires_at: Date.now() + 600_000 }).execute();
    await insertOperation(database, "of-the-living", living.holder);
    await insertOperation(database, "of-the-dead", "a server of yesterday");
    await until(
      async () => await stateOf(second, base, "of-the-dead"),
      (state) => state === "recovered",
      60,
    );
    // Both were seen by the same look: one was taken, the other was not.
    expect(await stateOf(second, base, "of-the-living")).toBe("running");
    await lease.set({ expires_at: Date.now() + 5000 }).execute();
    await first.kill();
    await until(
      async () => await stateOf(second, base, "of-the-living"),
      (state) => state === "recovered",
      60,
    );
    await database.close();
  },
  150_000,
);
