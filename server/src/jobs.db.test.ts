import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeHome, until, type Home } from "../../e2e/harness/server.ts";
import { systemClock as clock } from "./adapters/clock/system.ts";
import { createJobs as createInProcess } from "./adapters/jobs/in-process.ts";
import { createJobs as createPgBoss, jobsSchema } from "./adapters/jobs/pg-boss.ts";
import { openDatabase, type Database } from "./database/open.ts";
import type { Tx } from "./database/schema.ts";
import type { Jobs } from "./ports/jobs.ts";

let home: Home;
let database: Database;
let errors: string[] = [];
let open: Jobs<Tx>[] = [];

beforeEach(async () => {
  home = await makeHome();
  database = await openDatabase(home.databaseUrl ?? join(home.dataDir, "keyroll.db"));
  errors = [];
  open = [];
});

afterEach(async () => {
  await Promise.all(open.map(async (jobs) => await jobs.stop()));
  await database.close();
  await home.remove();
});

/** What a server of this database has. */
const jobsOf = (): Jobs<Tx> => {
  const onError = (queue: string): void => void errors.push(queue);
  const made =
    database.dialect === "sqlite"
      ? createInProcess({ clock, afterCommit: database.afterCommit, onError })
      : createPgBoss({ url: database.url, clock, onError, onWarning: () => undefined });
  open.push(made);
  return made;
};

const insert = async (tx: Tx, id: string): Promise<void> => {
  await tx.insertInto("apps").values({ id, name: id, title: id, created_at: 0 }).execute();
};
const exists = async (id: string): Promise<boolean> =>
  (await database.db.selectFrom("apps").select("id").where("id", "=", id).executeTakeFirst()) !== undefined;
const soon = async (what: () => boolean, seconds = 60): Promise<void> => {
  await until(async () => what(), Boolean, seconds);
};

/** What lies in the database of wake-ups that were asked for. */
const kept = async (): Promise<unknown[]> => {
  if (database.dialect === "sqlite") return [];
  const { rows } = await sql`select state from ${sql.table(`${jobsSchema}.job`)} where name = 'apps'`.execute(
    database.db,
  );
  return rows;
};

test("a wake-up of a transaction comes when that has committed, and finds its row", async () => {
  const jobs = jobsOf();
  const found: [string, boolean][] = [];
  jobs.on("apps", async (id) => void found.push([id, await exists(id)]));
  await jobs.start();
  for (let round = 0; round < 10; round++) {
    await database.db.transaction().execute(async (tx) => {
      await insert(tx, `app-${round}`);
      await jobs.wake("apps", `app-${round}`, tx);
      // A worker that looked now would find nothing.
      await clock.sleep(20);
    });
  }
  await soon(() => found.length === 10);
  expect(found.toSorted()).toEqual(Array.from({ length: 10 }, (_, round) => [`app-${round}`, true]));
});

test("a wake-up of a transaction that is rolled back never comes, and leaves nothing", async () => {
  const jobs = jobsOf();
  const woken: string[] = [];
  jobs.on("apps", async (id) => void woken.push(id));
  await jobs.start();
  const refused = database.db.transaction().execute(async (tx) => {
    await insert(tx, "refused");
    await jobs.wake("apps", "refused", tx);
    throw new Error("refused");
  });
  await expect(refused).rejects.toThrow("refused");
  expect(await kept()).toEqual([]);
  await jobs.wake("apps", "later");
  await soon(() => woken.includes("later"));
  expect(woken).toEqual(["later"]);
});

test("an id that is woken while its work runs is run once more, and never twice at once", async () => {
  const jobs = jobsOf();
  let running = 0;
  let most = 0;
  let runs = 0;
  const gate = Promise.withResolvers<void>();
  const later = Promise.withResolvers<void>();
  jobs.on("apps", async (id) => {
    if (id === "later") later.resolve();
    if (id !== "one") return;
    running += 1;
    most = Math.max(most, running);
    runs += 1;
    if (runs === 1) await gate.promise;
    running -= 1;
  });
  await jobs.start();
  await jobs.wake("apps", "one");
  await soon(() => runs === 1);
  for (let again = 0; again < 5; again++) await jobs.wake("apps", "one");
  // It was woken last, so the others have come.
  await jobs.wake("apps", "later");
  await later.promise;
  expect(runs).toBe(1);
  gate.resolve();
  await soon(() => runs >= 2);
  expect(most).toBe(1);
});

test("work that fails is told and does not stop what comes after", async () => {
  const jobs = jobsOf();
  const done: string[] = [];
  jobs.on("apps", async (id) => {
    if (id === "bad") throw new Error("bad");
    done.push(id);
  });
  await jobs.start();
  await jobs.wake("apps", "bad");
  await soon(() => errors.length === 1);
  await jobs.wake("apps", "good");
  await soon(() => done.length > 0);
  expect([errors, done]).toEqual([["apps"], ["good"]]);
});

test("a sweep runs at start and again, also after a failure, and on one server at a time", async () => {
  let running = 0;
  let most = 0;
  let runs = 0;
  const sweep = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    runs += 1;
    const now = runs;
    await clock.sleep(1500);
    running -= 1;
    if (now === 1) throw new Error("the first one fails");
  };
  const servers = database.dialect === "postgres" ? [jobsOf(), jobsOf(), jobsOf()] : [jobsOf()];
  for (const jobs of servers) jobs.every("sweep", 1000, sweep);
  for (const jobs of servers) await jobs.start();
  await soon(() => runs >= 4);
  expect(most).toBe(1);
  expect(errors).toEqual(["sweep"]);
});

test("stopping aborts the signals, waits for what runs, and lets nothing begin", async () => {
  const jobs = jobsOf();
  const ends: string[] = [];
  let began = 0;
  const lasting = async (name: string, signal: AbortSignal): Promise<void> => {
    began += 1;
    await clock.sleep(60_000, signal).catch(() => undefined);
    await clock.sleep(50);
    ends.push(name);
  };
  jobs.on("apps", async (id, signal) => await lasting(id, signal));
  jobs.every("sweep", 60_000, async (signal) => await lasting("sweep", signal));
  await jobs.start();
  await jobs.wake("apps", "one");
  await soon(() => began === 2);
  await jobs.stop();
  expect(ends.toSorted()).toEqual(["one", "sweep"]);
  await jobs.wake("apps", "late").catch(() => undefined);
  expect(began).toBe(2);
});

const withSeveral = process.env["KEYROLL_TEST_DATABASE_URL"] ? ["PostgreSQL"] : [];

test.each(withSeveral)(
  "on %s what a stopping server leaves is taken by another, without waiting for a timer",
  async () => {
    const [first, second] = [jobsOf(), jobsOf()];
    const taken = Promise.withResolvers<string>();
    first.on("apps", async (id, signal) => {
      await clock.sleep(60_000, signal).catch(() => undefined);
      await first.wake("apps", id);
    });
    await first.start();
    await first.wake("apps", "one");
    second.on("apps", async (id) => taken.resolve(id));
    await until(
      async () =>
        await sql`select id from ${sql.table(`${jobsSchema}.job`)} where state = 'completed'`.execute(database.db),
      ({ rows }) => rows.length === 1,
    );
    await second.start();
    await first.stop();
    expect(await taken.promise).toBe("one");
  },
);

test.each(withSeveral)(
  "on %s a sweep whose server fell silent is given to another, and its own signal aborts",
  async () => {
    const [first, second] = [jobsOf(), jobsOf()];
    const began = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const taken = Promise.withResolvers<void>();
    let over = false;
    first.every("sweep", 3_600_000, async (signal) => {
      signal.addEventListener("abort", () => aborted.resolve());
      began.resolve();
      // Hung: a server that came back at once would be as good a one to give the sweep to.
      await taken.promise;
    });
    second.every("sweep", 3_600_000, async () => {
      over = true;
      taken.resolve();
    });
    await first.start();
    await began.promise;
    await second.start();
    await until(
      async () => {
        // As if its heartbeats did not come.
        await sql`
        update ${sql.table(`${jobsSchema}.job`)} set heartbeat_on = now() - interval '1 minute'
        where state = 'active'`.execute(database.db);
        return over;
      },
      Boolean,
      60,
    );
    await Promise.all([aborted.promise, taken.promise]);
    expect(errors).toEqual([]);
  },
);
