import { sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { ask, makeHome, makeProcessEnvironment, startServer, until } from "../../e2e/harness/server.ts";
import { openDatabase } from "./database/open.ts";

test("a save that loses a deadlock is made again, and nobody is told of it", async () => {
  const home = await makeHome();
  onTestFinished(async () => await home.remove());
  const server = await startServer(home);
  onTestFinished(async () => await server.kill());
  const base = await makeProcessEnvironment(server);
  const database = await openDatabase(home.databaseUrl ?? "");
  onTestFinished(async () => await database.close());
  const { db } = database;
  const save = async (ifMatch: number, body: object) => await ask(server, `PATCH ${base}/secrets`, { ifMatch, body });
  expect((await save(0, { set: { A: "1" }, meta: { A: { note: "one" } } })).status).toBe(200);

  const waiting = sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  const saved = await db.transaction().execute(async (tx) => {
    // PostgreSQL ends the one whose clock rings first, and that is not to be this one.
    await sql`set local deadlock_timeout = '10min'`.execute(tx);
    await sql`select 1 from secret_meta for update`.execute(tx);
    // The save locks its environment for the journal, and waits for what is noted at the key.
    const saving = save(1, { set: { A: "2" }, meta: { A: { note: "two" } } });
    await until(
      async () => await waiting.execute(db),
      ({ rows }) => rows.length > 0,
    );
    await sql`select 1 from environments for update`.execute(tx);
    return { saving };
  });
  const { status, body } = await saved.saving;
  expect([status, body.revision]).toEqual([200, 2]);
  expect((await ask(server, `GET ${base}/secrets`)).body.secrets).toMatchObject([
    { key: "A", note: "two", revision: 2 },
  ]);
});
