import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { accountOf, isGapless, openStream, type Line, type Stream } from "../../e2e/harness/events.ts";
import { isLongRun, recordEvidence } from "../../e2e/harness/evidence.ts";
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

const onPostgres = Boolean(process.env["KEYROLL_TEST_DATABASE_URL"]);
const steps = ["observe", "render", "preflight", "write", "settle", "roll", "prove", "contract"];

/** A home that goes with the test, and whatever server it still has. */
const homeOf = async (): Promise<{ home: Home; start: () => Promise<TestServer> }> => {
  const home = await makeHome();
  const servers: TestServer[] = [];
  onTestFinished(async () => {
    // A paused one takes no SIGTERM.
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

/** Environments with one saved value each. */
const environments = async (server: TestServer, count: number): Promise<string[]> => {
  await makeProcessEnvironment(server);
  const made: string[] = [];
  for (let at = 1; at <= count; at++) {
    const name = `env-${at}`;
    await ask(server, "POST /apps/shop/environments", { body: { name, connection: "here", kind: "sandbox" } });
    const base = `/apps/shop/environments/${name}`;
    await ask(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set: { A: "1" } } });
    made.push(base);
  }
  return made;
};

const request = async (server: TestServer, base: string): Promise<{ id: string; number: number }> => {
  const { status, body } = await ask(server, `POST ${base}/deployments`, { body: { queue: true } });
  expect(status).toBe(201);
  return body.deployment;
};

const isEnd =
  (id: string) =>
  ({ deployment, event }: Line): boolean =>
    deployment === id && event.type === "finished";

const account = (stream: Stream | undefined, id: string) => ({
  ...accountOf(stream?.lines ?? [], id),
  gapless: isGapless(stream?.lines ?? []),
});
/** Every step done once, one end, nothing after it, no line missing. */
const whole = { steps, finished: ["running"], gapless: true };

test("a deployment that is requested on one server is seen live on the other, in order and without gaps", async () => {
  const { start } = await homeOf();
  const one = await start();
  const other = onPostgres ? await start() : one;
  const [base = ""] = await environments(one, 1);
  const stream = await openStream(other, base, { after: 0 });
  const { id } = await request(one, base);
  await stream.until(isEnd(id));
  expect(account(stream, id)).toEqual(whole);
  stream.close();
});

test(
  "twenty environments that are deployed at once through all servers end running, each step done once",
  async () => {
    const { start } = await homeOf();
    const one = await start();
    const other = onPostgres ? await start() : one;
    const bases = await environments(one, 20);
    const rounds = isLongRun ? 10 : 1;
    for (let round = 1; round <= rounds; round++) {
      const streams = await Promise.all(bases.map(async (base, at) => await openStream(at % 2 ? one : other, base)));
      const requested = await Promise.all(
        bases.map(async (base, at) => await request(at % 3 === 0 ? other : one, base)),
      );
      await Promise.all(requested.map(async ({ id }, at) => await streams[at]?.until(isEnd(id), 60)));
      for (const [at, { id }] of requested.entries()) expect(account(streams[at], id)).toEqual(whole);
      for (const stream of streams) stream.close();
    }
    const share = (server: TestServer): number => server.output().split("deployment ended").length - 1;
    const ended = (): number => share(one) + (other === one ? 0 : share(other));
    // The log's last line follows the commit that the streams have told of.
    await until(
      async () => ended(),
      (lines) => lines >= 20 * rounds,
    );
    expect(ended()).toBe(20 * rounds);
    recordEvidence(`deployments at once of 20 environments, ${onPostgres ? "two servers on PostgreSQL" : "SQLite"}`, {
      deployments: 20 * rounds,
      "steps done twice": 0,
      ...(onPostgres ? { "by the first server": share(one), "by the second server": share(other) } : {}),
    });
  },
  isLongRun ? 600_000 : 120_000,
);

test("queued deployments of an environment follow each other, whichever servers took the requests", async () => {
  const { start } = await homeOf();
  const one = await start();
  const other = onPostgres ? await start() : one;
  const [base = ""] = await environments(one, 1);
  const stream = await openStream(other, base, { after: 0 });
  const ids: string[] = [];
  for (let at = 0; at < 6; at++) ids.push((await request(at % 2 ? one : other, base)).id);
  await stream.until(isEnd(ids.at(-1) ?? ""), 60);
  for (const id of ids) expect(account(stream, id)).toEqual(whole);
  const ends = stream.lines.filter(({ event }) => event.type === "finished").map(({ deployment }) => deployment);
  expect(ends).toEqual(ids);
  stream.close();
}, 90_000);

/** Makes workers wait, in their own transaction, right before they write that a step of an environment is done. */
const holdAt = async (home: Home, state: "started" | "done"): Promise<Client> => {
  const client = new Client({ connectionString: home.databaseUrl ?? "" });
  await client.connect();
  onTestFinished(async () => await client.end().catch(() => undefined));
  await client.query(`
    create or replace function hold() returns trigger language plpgsql as $$
    begin
      if new.event::json->>'state' = '${state}' and new.event::json->>'step' =
        ('{${steps.join(",")}}'::text[])[(select substring(name from 5)::int from environments where id = new.environment_id and name like 'env-%')]
      then perform pg_advisory_xact_lock_shared(7); end if;
      return new;
    end $$;
    drop trigger if exists hold on journal;
    create trigger hold before insert on journal for each row execute function hold()`);
  await client.query("select pg_advisory_lock(7)");
  return client;
};

const waiting = async (client: Client): Promise<number> =>
  (
    await client.query(
      `select count(*)::int as n from pg_locks where locktype = 'advisory' and objid = 7 and not granted`,
    )
  ).rows[0].n;

test.each(onPostgres ? ["PostgreSQL"] : [])(
  "on %s a server killed at every step of eight deployments: the other ends them all, once",
  async () => {
    const rounds = isLongRun ? 10 : 1;
    // Four at a time: each that waits holds a connection, soon another one for its lease, and a server has ten.
    for (let round = 0; round < 2 * rounds; round++) {
      const { home, start } = await homeOf();
      const first = await start();
      const all = await environments(first, steps.length);
      const bases = round % 2 === 0 ? all.slice(0, 4) : all.slice(4);
      const client = await holdAt(home, round % 4 < 2 ? "done" : "started");
      const requested = await Promise.all(bases.map(async (base) => await request(first, base)));
      // Each environment stands at another step, with its transaction open.
      await until(
        async () => await waiting(client),
        (n) => n === bases.length,
      );
      const second = await start();
      const streams = await Promise.all(bases.map(async (base) => await openStream(second, base, { after: 0 })));
      await first.kill();
      await client.query("select pg_advisory_unlock(7)");
      await Promise.all(requested.map(async ({ id }, at) => await streams[at]?.until(isEnd(id), 60)));
      for (const [at, { id }] of requested.entries()) expect(account(streams[at], id)).toEqual(whole);
      for (const stream of streams) stream.close();
      await second.kill();
    }
    recordEvidence("a server on PostgreSQL killed at each of the eight steps, another goes on", {
      kills: 2 * rounds,
      deployments: rounds * steps.length,
      "ended twice or never": 0,
    });
  },
  isLongRun ? 1_200_000 : 120_000,
);

test.each(onPostgres ? [] : ["SQLite"])(
  "on %s a server killed while eight deployments are at a step ends them all when it is started again, once",
  async () => {
    const kills = isLongRun ? steps.flatMap((step) => Array.from({ length: 10 }, () => step)) : ["write", "prove"];
    const { start } = await homeOf();
    let server = await start();
    const bases = await environments(server, steps.length);
    for (const step of kills) {
      const watched = await openStream(server, bases[4] ?? "");
      const requested = await Promise.all(bases.map(async (base) => await request(server, base)));
      await watched.until(({ event }) => event.type === "step" && event.step === step);
      await server.kill();
      server = await start();
      const ends = await Promise.all(
        requested.map(async ({ number }, at) => await deploymentEnd(server, bases[at] ?? "", number, 60)),
      );
      for (const [at, { journal }] of ends.entries())
        expect(accountOf(journal, requested[at]?.id ?? "")).toEqual({ steps, finished: ["running"] });
    }
    recordEvidence("a server on SQLite killed while eight deployments run, started again", {
      kills: kills.length,
      deployments: kills.length * steps.length,
      "ended twice or never": 0,
    });
  },
  isLongRun ? 1_200_000 : 60_000,
);

/** What `keyroll run --watch` says: an instance of `base` runs with this revision. */
const report = async (server: TestServer, base: string, revision: number): Promise<void> => {
  const body = { host: "box", pid: 1, startedAt: 1, revision, keys: "all", state: "running" };
  expect((await ask(server, `PUT ${base}/instances/one`, { body })).status).toBe(200);
};

const isProving = ({ event }: Line): boolean =>
  event.type === "step" && event.step === "prove" && event.state === "started";

/** A deployment that waits in its proof, because an instance has older values. */
const proving = async (server: TestServer): Promise<{ base: string; id: string }> => {
  const [base = ""] = await environments(server, 1);
  await report(server, base, 0);
  const { id } = await request(server, base);
  const stream = await openStream(server, base, { after: 0 });
  await stream.until(isProving);
  stream.close();
  return { base, id };
};

/** The proof has begun for the second time: another worker is at it. */
const isOvertaken =
  (stream: Stream) =>
  (line: Line): boolean =>
    isProving(line) && stream.lines.some((earlier) => earlier.seq < line.seq && isProving(earlier));

test("a server that is stopped in the middle of a deployment ends at once, and another goes on before the lease is over", async () => {
  const { start } = await homeOf();
  const first = await start();
  const { base, id } = await proving(first);
  const other = onPostgres ? await start() : null;
  const began = performance.now();
  expect(await first.stop()).toBe(0);
  expect(performance.now() - began).toBeLessThan(10_000);
  const next = other ?? (await start());
  const stream = await openStream(next, base, { after: 0 });
  await stream.until(isOvertaken(stream), 10);
  await report(next, base, 1);
  await stream.until(isEnd(id));
  expect(account(stream, id)).toEqual(whole);
  stream.close();
});

test.each(onPostgres ? ["PostgreSQL"] : [])(
  "on %s a worker that was paused past its lease is overtaken, and writes nothing when it goes on",
  async () => {
    const { start } = await homeOf();
    const paused = await start();
    const { base, id } = await proving(paused);
    const other = await start();
    const stream = await openStream(other, base, { after: 0 });
    process.kill(paused.pid, "SIGSTOP");
    await stream.until(isOvertaken(stream), 60);
    await report(other, base, 1);
    await stream.until(isEnd(id), 60);
    process.kill(paused.pid, "SIGCONT");
    await until(
      async () => paused.output(),
      (text) => text.includes("was overtaken"),
    );
    // It lives: it takes requests, and its next deployment is as whole as any.
    const next = await request(paused, base);
    await report(paused, base, 1);
    await stream.until(isEnd(next.id), 60);
    expect(account(stream, id)).toEqual(whole);
    expect(account(stream, next.id)).toEqual(whole);
    stream.close();
  },
  120_000,
);
