import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeHome, until, type Home } from "../../e2e/harness/server.ts";
import type { Rates } from "./adapters/pacer/bucket.ts";
import { createPacer } from "./adapters/pacer/postgres.ts";
import { createBuckets } from "./database/buckets.ts";
import { openDatabase, type Database } from "./database/open.ts";
import type { Buckets } from "./ports/buckets.ts";
import type { Clock } from "./ports/clock.ts";
import type { Pacer } from "./ports/pacer.ts";

/** What Parameter Store takes; a test's own buckets begin otherwise. */
const rates: Rates = { "put:": { perSecond: 3, burst: 19 }, "rich:": { perSecond: 100, burst: 1000 } };
const start = 1_700_000_000_000;

let home: Home;
let open: Database[] = [];
/** Time is a row of the database: it moves only when every server sleeps, to the earliest waking. */
let now = start;
let sleepers: { readonly at: number; wake(): void }[] = [];
/** Calls of the database that are under way, and all there were. */
let under = 0;
let calls = 0;

beforeEach(async () => {
  home = await makeHome();
  open = [];
  sleepers = [];
  now = start;
  calls = 0;
  const { db } = await connect();
  await sql`create table test_clock (ms bigint not null)`.execute(db);
  await sql`insert into test_clock (ms) values (${now})`.execute(db);
});
afterEach(async () => {
  await Promise.all(open.map(async (database) => await database.close()));
  await home.remove();
});

/** Connections of another server's own; SQLite has one server. */
const connect = async (): Promise<Database> => {
  const [first] = open;
  if (home.databaseUrl === null && first !== undefined) return first;
  const database = await openDatabase(home.databaseUrl ?? join(home.dataDir, "keyroll.db"));
  open.push(database);
  return database;
};

const clock: Clock = {
  now: () => now,
  sleep: async (ms, signal) =>
    await new Promise((resolve, reject) => {
      const sleeper = { at: now + ms, wake: resolve };
      sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        sleepers = sleepers.filter((other) => other !== sleeper);
        reject(signal.reason as Error);
      });
    }),
};

const counted = async <T>(run: () => Promise<T>): Promise<T> => {
  under += 1;
  calls += 1;
  try {
    return await run();
  } finally {
    under -= 1;
  }
};

/** The pacer of one server, with connections of its own. */
const serverOf = async (): Promise<Pacer> => {
  const { db } = await connect();
  const rows = createBuckets(db, sql<number>`(select ms from test_clock)`);
  const buckets: Buckets = {
    read: async (name) => await counted(async () => await rows.read(name)),
    replace: async (name, version, bucket) => await counted(async () => await rows.replace(name, version, bucket)),
  };
  const random = { bytes: (count: number) => new Uint8Array(count), fraction: () => 0, id: () => "" };
  return createPacer({ clock, random, rates, buckets });
};

/** Nobody does anything but sleep. */
const quiet = async (): Promise<void> => {
  for (let turns = 0; turns < 5; turns = under === 0 ? turns + 1 : 0)
    await new Promise((resolve) => setImmediate(resolve));
};

/** Lets time pass until nobody sleeps any more, or until `end`. */
const run = async (end = Infinity): Promise<void> => {
  for (;;) {
    await quiet();
    const [next] = sleepers.toSorted((a, b) => a.at - b.at);
    if (next === undefined || next.at > end) break;
    sleepers = sleepers.filter((other) => other !== next);
    await moveTo(Math.max(now, next.at));
    next.wake();
  }
  if (end !== Infinity) await moveTo(end);
};
const moveTo = async (ms: number): Promise<void> => {
  now = ms;
  await sql`update test_clock set ms = ${now}`.execute(open[0]!.db);
};

/** Asks for `count` tokens at once; when each came, in milliseconds from now on. */
const ask = (pacer: Pacer, count: number, bucket = "put:here"): number[] => {
  const began = now;
  const times: number[] = [];
  for (let i = 0; i < count; i++) void pacer.take(bucket).then(() => times.push(now - began));
  return times;
};

test.each([2, 4])("%i servers together stay below the quota, use all of it, and share it evenly", async (count) => {
  const servers = await Promise.all(Array.from({ length: count }, serverOf));
  const each = servers.map((pacer) => ask(pacer, 40));
  await run();
  const all = each.flat().toSorted((a, b) => a - b);
  expect(all).toHaveLength(40 * count);
  // At no moment more than the burst and what has flowed in since.
  for (const [index, at] of all.entries()) expect(index + 1).toBeLessThanOrEqual(19 + (at * 3) / 1000 + 1e-6);
  const floor = ((all.length - 19) * 1000) / 3;
  expect(all.at(-1)).toBeLessThanOrEqual(floor * 1.01);
  // While all of them wait, nobody is ahead by more than a token.
  const waited = each.map((times) => times.filter((at) => at > 0 && at <= floor * 0.6).length);
  expect(Math.max(...waited) - Math.min(...waited)).toBeLessThanOrEqual(1);
  // Each token that is waited for is asked for once: a read and a write.
  expect(calls).toBeLessThanOrEqual(2 * (all.length + 4 * count * count));
});

test("servers that look at the same moment do not take the same tokens", async () => {
  const servers = await Promise.all(Array.from({ length: 4 }, serverOf));
  const first = ask(servers[0]!, 1);
  await run();
  const each = servers.map((pacer) => ask(pacer, 8));
  await run();
  expect(first).toEqual([0]);
  const atOnce = each.flat().filter((at) => at === 0).length;
  expect(atOnce).toBeLessThanOrEqual(18);
  // A few lie in one server's hand for those who may follow there.
  expect(atOnce).toBeGreaterThanOrEqual(18 - 3);
});

test("a throttle that one server is told slows all of them, also those that wait already", async () => {
  const [one, other] = [await serverOf(), await serverOf()];
  const burst = ask(one, 19);
  await run();
  expect(burst).toHaveLength(19);
  const waiting = ask(other, 3);
  await run(now + 200);
  await one.throttled("put:here");
  // Told by those that left together: once.
  await other.throttled("put:here");
  const told = 200;
  await run();
  expect(waiting[0]).toBeGreaterThan(told + 640);
  expect(waiting[1]! - waiting[0]!).toBeGreaterThan(600);
  // A minute later the rate is whole again; the burst is still nearly half, for the one and the other.
  await run(now + 60_000);
  const later = ask(one, 12);
  await run();
  expect(later.filter((at) => at === 0)).toHaveLength(10);
  expect(later[11]! - later[10]!).toBeLessThanOrEqual(334);
});

test("a server that dies with tokens in its hand and one promised loses nothing for good", async () => {
  const [dead, alive] = [await serverOf(), await serverOf()];
  // Of ten there are more in its hand than it uses; then it waits for one, and is never heard of again.
  ask(dead, 10);
  await quiet();
  ask(dead, 30);
  await quiet();
  sleepers = [];
  const times = ask(alive, 20);
  await run();
  const floor = (20 * 1000) / 3;
  // One promise of its own, and what it had taken and not used: at most a burst's worth, and only once.
  expect(times.at(-1)).toBeLessThanOrEqual(floor + 2 * 334);
  await run(now + 10_000);
  const full = ask(alive, 19);
  await run();
  expect(full.at(-1)).toBe(0);
});

test("a rich bucket costs a visit for some twenty calls, a token that was not used goes stale", async () => {
  const pacer = await serverOf();
  let left = 100;
  const one = async (): Promise<void> => {
    while (left-- > 0) await pacer.take("rich:here");
  };
  await Promise.all(Array.from({ length: 10 }, one));
  expect(calls).toBeLessThanOrEqual(2 * 10);
  // What lies here from before is not added to a bucket that has filled up meanwhile.
  ask(pacer, 10, "put:here");
  await run(now + 600_000);
  const times = ask(pacer, 40, "put:here");
  await run();
  expect(times.filter((at) => at === 0)).toHaveLength(19);
});

test("what a number of calls takes is told by what was seen last, and asks nobody", async () => {
  const pacer = await serverOf();
  expect(pacer.expects("put:here", 49)).toBe(10_000);
  ask(pacer, 19);
  await run();
  const before = calls;
  expect(pacer.expects("put:here", 3)).toBe(1000);
  await moveTo(now + 500);
  expect(pacer.expects("put:here", 3)).toBe(500);
  expect(calls).toBe(before);
});

test("whoever gives up leaves at once, is not waited for, and the others keep their order", async () => {
  const pacer = await serverOf();
  ask(pacer, 19);
  await run();
  const gaveUp = new AbortController();
  const first = ask(pacer, 1);
  const refused = Promise.allSettled([pacer.take("put:here", gaveUp.signal)]);
  const last = ask(pacer, 1);
  await quiet();
  gaveUp.abort(new Error("enough"));
  expect(await refused).toMatchObject([{ status: "rejected", reason: { message: "enough" } }]);
  await run();
  expect([...first, ...last]).toEqual([334, 667]);
  const alone = new AbortController();
  const nobody = Promise.allSettled([pacer.take("put:here", alone.signal)]);
  await quiet();
  alone.abort(new Error("enough"));
  expect(await nobody).toMatchObject([{ status: "rejected", reason: { message: "enough" } }]);
  expect(sleepers).toEqual([]);
  await expect(pacer.take("put:here", AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
});

test("without its database no call goes out: everybody who waits is told, and so is whoever tells a throttle", async () => {
  const pacer = await serverOf();
  ask(pacer, 19);
  await run();
  const told = async (what: Promise<void>): Promise<unknown> => (await Promise.allSettled([what]))[0]?.status;
  const waiting = Promise.all([told(pacer.take("put:here")), told(pacer.take("put:here"))]);
  await quiet();
  await Promise.all(open.map(async (database) => await database.close()));
  sleepers.splice(0).forEach(({ wake }) => wake());
  expect(await waiting).toEqual(["rejected", "rejected"]);
  expect(await told(pacer.take("put:here"))).toBe("rejected");
  expect(await told(pacer.throttled("put:here"))).toBe("rejected");
  open = [];
});

test("processes of their own stay below the quota together, also when one is killed", async () => {
  // SQLite has one server, whose pacer is in memory.
  const url = home.databaseUrl;
  if (url === null) return;
  const [perSecond, burst] = [20, 10];
  const program = fileURLToPath(new URL("../../e2e/harness/take-tokens.ts", import.meta.url));
  const began = performance.now();
  const processes = [1000, 20, 20, 20].map((count) => {
    const child = spawn(process.execPath, [program, url, String(perSecond), String(burst), String(count)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let tokens = 0;
    child.stdout.on("data", (chunk: Buffer) => (tokens += chunk.toString().split("\n").length - 1));
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    return { child, ended, tokens: () => tokens };
  });
  const [dies, ...live] = processes;
  await until(async () => processes.every(({ tokens }) => tokens() > 2), Boolean, 60);
  dies?.child.kill("SIGKILL");
  await Promise.all(processes.map(async ({ ended }) => await ended));
  const seconds = (performance.now() - began) / 1000;
  expect(live.map(({ tokens }) => tokens())).toEqual([20, 20, 20]);
  const all = processes.reduce((sum, { tokens }) => sum + tokens(), 0);
  expect(all).toBeLessThanOrEqual(burst + perSecond * seconds);
});
