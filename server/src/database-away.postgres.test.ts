import { createServer, connect, type AddressInfo, type Socket } from "node:net";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import {
  ask,
  makeHome,
  makeProcessEnvironment,
  startServer,
  until,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";
import { systemClock } from "./adapters/clock/system.ts";
import { createJobs } from "./adapters/jobs/pg-boss.ts";
import { openPostgres } from "./database/postgres.ts";
import { DatabaseAway } from "./database/trouble.ts";

/** A way to PostgreSQL that can be cut, or lose what is sent without a word: a failover. */
interface Line {
  readonly url: string;
  isCut: boolean;
  isSilent: boolean;
  /** From now on, until `isCut` is taken back. */
  cut(): void;
  close(): void;
}

const makeLine = async (databaseUrl: string): Promise<Line> => {
  const url = new URL(databaseUrl);
  const [host, port] = [url.hostname, Number(url.port === "" ? 5432 : url.port)];
  const open = new Set<Socket>();
  const listening = createServer((near) => {
    if (line.isCut) {
      near.destroy();
      return;
    }
    const far = connect(port, host);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on("error", () => undefined);
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
      from.on("data", (part: Buffer) => {
        if (!line.isSilent) to.write(part);
      });
    }
  });
  await new Promise<void>((done) => listening.listen(0, "127.0.0.1", done));
  url.hostname = "127.0.0.1";
  url.port = String((listening.address() as AddressInfo).port);
  const line: Line = {
    url: url.href,
    isCut: false,
    isSilent: false,
    cut: () => {
      line.isCut = true;
      for (const socket of open) socket.destroy();
    },
    close: () => {
      for (const socket of open) socket.destroy();
      listening.close();
    },
  };
  return line;
};

let home: Home;
let server: TestServer;
/** The server's. */
let line: Line;
let dev: string;

beforeAll(async () => {
  home = await makeHome();
  line = await makeLine(home.databaseUrl ?? "");
  server = await startServer({ ...home, databaseUrl: line.url });
  dev = await makeProcessEnvironment(server);
});

afterAll(async () => {
  line.isCut = false;
  await server.stop();
  line.close();
  await home.remove();
});

test("a line that is cut in the middle of a statement is an error of that one, and no end of the process", async () => {
  const database = await openPostgres(line.url);
  const statement = sql`select pg_sleep(20)`.execute(database.db);
  const running = sql<{ n: number }>`select count(*) as n from pg_stat_activity where query = 'select pg_sleep(20)'`;
  await until(
    async () => (await running.execute(database.db)).rows[0]?.n ?? 0,
    (n) => n > 0,
  );
  line.cut();
  await expect(statement).rejects.toThrow(/^Connection terminated/u);
  line.isCut = false;
  // The pool may not have heard of the others yet.
  await until(
    async () => await running.execute(database.db).catch(() => null),
    (found) => found !== null,
  );
  await database.close();
});

test("a database that is away is said, with what is known of a change, until it is back", async () => {
  line.cut();
  const told = "Keyroll's database cannot be reached.";
  for (let round = 0; round < 3; round++) {
    const read = await ask(server, `GET ${dev}`);
    expect([read.status, read.body.code, read.body.detail, read.body.changed]).toEqual([
      503,
      "unavailable",
      told,
      false,
    ]);
    expect(read.body.next).toBe("Try again in a moment.");
    const write = await ask(server, "PATCH /apps/shop", { body: { title: "Shop" } });
    expect([write.status, write.body.code, write.body.detail, write.body.changed]).toEqual([
      503,
      "unavailable",
      told,
      undefined,
    ]);
    expect(write.body.next).toContain("Read first whether the change was made");
    expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  }
  line.isCut = false;
  const back = await until(
    async () => await ask(server, "PATCH /apps/shop", { body: { title: "Shop" } }),
    ({ status }) => status === 200,
  );
  expect(back.body.app.title).toBe("Shop");
});

test("whoever waits for a database that was lost without a word is told, and the next one is served", async () => {
  const silence = 2000;
  // Of its own: what the server sends is not to be lost.
  const own = await makeLine(home.databaseUrl ?? "");
  onTestFinished(() => own.close());
  const database = await openPostgres(own.url, silence);
  const look = async () => await database.db.selectFrom("apps").select("name").execute();
  expect(await look()).toEqual([{ name: "shop" }]);
  own.isSilent = true;
  const lost = look();
  await expect(lost).rejects.toThrow(DatabaseAway);
  await expect(database.db.transaction().execute(async () => await look())).rejects.toThrow(/no answer for 2 s/u);
  own.isSilent = false;
  expect(await look()).toEqual([{ name: "shop" }]);
  await database.close();
});

test("a wake-up whose connection was lost without a word ends, and the next one arrives", async () => {
  const own = await makeLine(home.databaseUrl ?? "");
  const woken: string[] = [];
  const quiet = { onError: () => undefined, onWarning: () => undefined };
  const jobs = createJobs({ url: own.url, clock: systemClock, silence: 20_000, ...quiet });
  onTestFinished(() => own.close());
  jobs.on("lost", async (id) => void woken.push(id));
  await jobs.start();
  const wake = async (id: string) => await jobs.wake("lost", id);
  await wake("first");
  own.isSilent = true;
  await expect(wake("second")).rejects.toThrow(/no answer for 20 s|timeout exceeded/u);
  own.isSilent = false;
  await until(
    async () => await wake("third").catch(() => undefined),
    () => woken.includes("third"),
    40,
  );
  await jobs.stop();
}, 90_000);
