import { sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { openSqlite } from "../database/sqlite.ts";
import { system } from "./actor.ts";
import type { Host } from "./host.ts";
import { operation } from "./operation.ts";
import { startRecovery } from "./recover.ts";
import type { Call } from "./verb.ts";

type Sweep = (signal: AbortSignal) => Promise<void>;

const opened = async () => {
  const database = await openSqlite(":memory:");
  onTestFinished(async () => await database.close());
  const { db } = database;
  const sweeps: Sweep[] = [];
  let ids = 0;
  const quiet = (): void => undefined;
  const host = {
    db,
    dialect: "sqlite",
    instance: "this server",
    working: new Set<string>(),
    clock: { now: () => 1000 },
    random: { id: () => `id-${ids++}` },
    jobs: { every: (_name: string, _ms: number, sweep: Sweep) => sweeps.push(sweep) },
    log: { info: quiet, warn: quiet, error: quiet },
  } as unknown as Host;
  startRecovery(host);
  const sweep = async (): Promise<void> => {
    for (const one of sweeps) await one(new AbortController().signal);
  };
  const rows = async () => await db.selectFrom("operations").select(["holder", "outcome"]).execute();
  return { db, host, sweep, rows };
};

const call: Call = {
  actor: system("test"),
  params: {},
  query: {},
  input: {},
  ifMatch: null,
  idempotencyKey: null,
  requestId: null,
  address: null,
  signal: new AbortController().signal,
};

/** An operation whose effect is what a test says; no environment, so that nothing else is needed. */
const doing = (effect: () => Promise<void>) => {
  const route = {
    method: "POST",
    path: "/test",
    kind: "operation",
    permission: "none",
    summary: "A test.",
    output: z.null(),
  } as const;
  return operation(route, {
    begin: async ({ begin }) => await begin(null, {}),
    effect,
    settle: async ({ commit }) => await commit(null, null),
    recover: async () => "recovered",
  });
};

test("an operation at whose end the database was away is recovered by its own server", async () => {
  const { db, host, sweep, rows } = await opened();
  const verb = doing(async () => {
    await sql`create trigger away before update on operations begin select raise(abort, 'away'); end`.execute(db);
  });
  await expect(verb.run(host, call)).rejects.toThrow("away");
  expect(await rows()).toEqual([{ holder: "this server", outcome: null }]);
  await sql`drop trigger away`.execute(db);
  await sweep();
  expect(await rows()).toEqual([{ holder: "this server", outcome: "nothing to recover" }]);
});

test("an operation that is at work is left alone by the sweep of its server", async () => {
  const { host, sweep, rows } = await opened();
  const verb = doing(async () => await sweep());
  await verb.run(host, call);
  expect(await rows()).toEqual([{ holder: "this server", outcome: "done" }]);
  expect(host.working.size).toBe(0);
});
