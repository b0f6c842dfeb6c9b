import { sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import {
  ask,
  deploymentEnd,
  makeHome,
  makeProcessEnvironment,
  startServer,
  until,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";
import { openDatabase, type Database } from "./database/open.ts";

const homeOf = async (): Promise<{ home: Home; database: Database }> => {
  const home = await makeHome();
  onTestFinished(async () => await home.remove());
  const database = await openDatabase(home.databaseUrl ?? "");
  onTestFinished(async () => await database.close());
  return { home, database };
};

/** What takes the database away from a server for a moment, while a deployment is in its proof; how many lines its proof has at most. */
const blows: readonly [string, number, (database: Database, server: TestServer) => Promise<void>][] = [
  [
    "one table cannot be read",
    2,
    async ({ db }, server) => {
      await sql`alter table instances rename to instances_away`.execute(db);
      await until(
        async () => await Promise.resolve(server.output()),
        (text) => text.includes("failed unexpectedly"),
      );
      await sql`alter table instances_away rename to instances`.execute(db);
    },
  ],
  [
    "nobody can say for a while that a worker is at it",
    2,
    async ({ db }) => {
      await sql`alter table leases rename to leases_away`.execute(db);
      // Longer than between two renewals.
      await new Promise((resolve) => setTimeout(resolve, 6000));
      await sql`alter table leases_away rename to leases`.execute(db);
    },
  ],
  [
    "all connections are dropped again and again",
    9,
    async ({ db }) => {
      const ends = performance.now() + 3000;
      while (performance.now() < ends) {
        await sql`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`.execute(db);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  ],
];

test.each(blows)(
  "a deployment goes on where it was: %s",
  async (_, most, blow) => {
    const { home, database } = await homeOf();
    const server = await startServer(home);
    onTestFinished(async () => await server.kill());
    const base = await makeProcessEnvironment(server);
    const runs = async (revision: number): Promise<void> => {
      const body = { host: "box", pid: 1, startedAt: 1, revision, keys: "all", state: "running" };
      expect((await ask(server, `PUT ${base}/instances/one`, { body })).status).toBe(200);
    };
    await ask(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set: { A: "one" } } });
    await runs(0);
    await ask(server, `POST ${base}/deployments`, { body: {} });
    await until(
      async () => (await ask(server, `GET ${base}/deployments/1`)).body.deployment,
      ({ step }) => step === "prove",
    );
    await blow(database, server);
    await runs(1);
    const { deployment, journal } = await deploymentEnd(server, base, 1);
    expect(deployment, deployment.outcome).toMatchObject({ state: "running", live: "goal" });
    const linesOf = (step: string) => journal.filter(({ event }: any) => event.step === step);
    expect(linesOf("write")).toHaveLength(2);
    // The worker was at it all the time: another one would have begun the step again.
    expect(linesOf("prove").length).toBeLessThanOrEqual(most);
  },
  60_000,
);

test("a connection that breaks between two statements of a transaction fails that one, and does not end the process", async () => {
  const {
    database: { db },
  } = await homeOf();
  const isThere = async (pid: number): Promise<boolean> =>
    (await sql`select 1 from pg_stat_activity where pid = ${pid}`.execute(db)).rows.length > 0;
  const broken = db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
    const pid = rows[0]?.pid ?? 0;
    await sql`select pg_terminate_backend(${pid})`.execute(db);
    await until(
      async () => await isThere(pid),
      (there) => !there,
    );
    await tx.selectFrom("environments").select("id").execute();
  });
  await expect(broken).rejects.toThrow(/terminat|connection/iu);
  expect(await db.selectFrom("environments").select("id").execute()).toEqual([]);
});
