import { sql } from "kysely";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openSqlite } from "../../../database/sqlite.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Host } from "../../host.ts";
import { startObserving } from "./observe.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

const clock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await new Promise<void>((resolve, reject) => {
      signal?.throwIfAborted();
      setTimeout(resolve, ms);
      signal?.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
    });
  },
};

/** A cluster with one environment, whose streams live for so many milliseconds; the times at which it is looked at, in seconds. */
const observed = async (lives: () => number) => {
  const { db } = await openSqlite(":memory:");
  await sql`pragma foreign_keys = off`.execute(db);
  const connection = { id: "c", name: "c", cluster: "{}", cluster_key: "k", credential: new Uint8Array([1]) };
  const rest = { store_kind: "local", store_settings: "{}", created_at: 0, encryption: null };
  await db
    .insertInto("connections")
    .values({ ...connection, ...rest })
    .execute();
  await sql`insert into environments (id, app_id, name, kind, type, connection_id, cluster_key, namespace, secret_name, settings, created_at) values ('e', 'a', 'dev', 'sandbox', 'restart', 'c', 'k', 'n', 's', '{}', 0)`.execute(
    db,
  );
  await sql`insert into deployments (id, environment_id, number, goal, options, reason, requested_by, requested_at) values ('d', 'e', 1, '{}', '{}', 'requested', 'me', 0)`.execute(
    db,
  );
  await sql`insert into deployment_runs (deployment_id, environment_id, aim, step, state, verdict, live, facts, cancel_requested) values ('d', 'e', 'goal', 'contract', 'done', 'running', 'goal', '{}', 0)`.execute(
    db,
  );
  const looks: number[] = [];
  const credential = { server: "https://c", ca: null, identity: { kind: "in-cluster" }, tlsServerName: null };
  const plain = new TextEncoder().encode(JSON.stringify({ keyroll: credential, helm: null }));
  const work = new Map<string, (id: string, signal: AbortSignal) => Promise<void>>();
  let woken = false;
  const host = {
    db,
    dialect: "sqlite",
    clock,
    instance: "i",
    keys: { unwrap: async () => plain },
    log: { warn: () => undefined },
    fleet: {
      glance: async () => {
        looks.push(Math.round(Date.now() / 1000));
        return {
          of: new Map(),
          moves: async function* (signal: AbortSignal) {
            await clock.sleep(lives(), signal).catch(() => undefined);
            yield* [];
          },
        };
      },
    },
    jobs: {
      on: (queue: string, handle: (id: string, signal: AbortSignal) => Promise<void>) => work.set(queue, handle),
      every: () => undefined,
      wake: async () => void (woken = true),
    },
  } as unknown as Host;
  startObserving(host);
  /** What the timer does, and the wake-ups after it, for so many seconds. */
  const look = async (seconds: number): Promise<number[]> => {
    looks.length = 0;
    const [began, end] = [Math.round(Date.now() / 1000), new AbortController()];
    const running = (async () => {
      do {
        woken = false;
        await work.get("observe-connection")?.("c", end.signal);
      } while (woken && !end.signal.aborted);
    })();
    await vi.advanceTimersByTimeAsync(seconds * 1000);
    end.abort();
    await running;
    return looks.map((at) => at - began);
  };
  return { look };
};

test("a cluster whose streams are cut off at once, as by a proxy, is listed again less and less often, and then as without streams", async () => {
  const { look } = await observed(() => 0);
  expect(await look(100)).toEqual([0, 1, 3, 7, 15, 31, 61, 91]);
});

test("a stream that lived until the next look ends that: one that is lost later is taken up after a second", async () => {
  let cut = true;
  const { look } = await observed(() => (cut ? 0 : 60_000));
  expect(await look(6)).toEqual([0, 1, 3]);
  cut = false;
  expect(await look(40)).toEqual([0]);
  cut = true;
  expect(await look(2)).toEqual([0, 1]);
});
