import { randomInt } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { otherProgram, startParameterStore, type ParameterStore } from "../../e2e/harness/parameter-store.ts";
import {
  ask,
  askToTheEnd,
  deploy,
  makeHome,
  operationEnd,
  startServer,
  until,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";
import { testHost } from "../../e2e/harness/store-host.ts";
import { isLongRun, recordEvidence } from "../../e2e/harness/evidence.ts";
import { chanceOf } from "../../e2e/harness/parameter-account.ts";
import { createAwsSsm } from "./adapters/stores/aws-ssm.ts";
import { secretText } from "./ports/secret.ts";

const region = "eu-west-1";
const prefix = `server-${process.pid}`;
let emulator: ParameterStore;
let home: Home;
let server: TestServer;

const start = async (): Promise<TestServer> => await startServer({ ...home, env: emulator.env });

beforeAll(async () => {
  emulator = await startParameterStore();
  home = await makeHome();
  server = await start();
}, 60_000);
afterAll(async () => {
  await server?.stop();
  await home?.remove();
  emulator?.stop();
});
beforeEach(async () => {
  await emulator.reset();
  await emulator.config({ throttle: false, latencyMs: 0, latencyBy: {} });
});

/** App, connection and environment of its own. */
const environment = async (app: string): Promise<string> => {
  await ask(server, "POST /apps", { body: { name: app } });
  const store = { kind: "aws-ssm", settings: { region, prefix } };
  const made = await ask(server, "POST /connections", { body: { name: app, cluster: { kind: "process" }, store } });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const body = { name: "dev", connection: app, kind: "sandbox" };
  expect((await ask(server, `POST /apps/${app}/environments`, { body })).status).toBe(201);
  return `/apps/${app}/environments/dev`;
};
const save = async (base: string, ifMatch: number, set: Readonly<Record<string, string>>) =>
  await askToTheEnd(server, `PATCH ${base}/secrets`, { ifMatch, body: { set } });
/** What answers at once, also when the save goes on. */
const send = async (base: string, ifMatch: number, set: Readonly<Record<string, string>>) =>
  await ask(server, `PATCH ${base}/secrets`, { ifMatch, body: { set } });
const saved = async (base: string) =>
  (await askToTheEnd(server, `POST ${base}/bundle`, { body: { of: "saved" } })).body;
const puts = async (name: string, outcome = "ok"): Promise<number> =>
  (await emulator.log()).calls.filter(
    (call) => call.action === "PutParameter" && call.name.includes(name) && call.outcome === outcome,
  ).length;

test("from a connection to the values of a running process", async () => {
  const base = await environment("shop");
  const check = await ask(server, "POST /connections/shop/check", { body: {} });
  expect(check.body).toMatchObject({ ok: true });
  expect((await save(base, 0, { A: "one", EMPTY: "" })).body).toMatchObject({
    revision: 1,
    verified: true,
    warnings: [],
  });
  expect((await deploy(server, base)).deployment).toMatchObject({ state: "running", goal: { revision: 1 } });
  expect((await save(base, 1, { A: "two" })).body).toMatchObject({ revision: 2, verified: true });
  expect((await askToTheEnd(server, `POST ${base}/bundle`, { body: {} })).body).toEqual({
    revision: 1,
    values: { A: "one", EMPTY: "" },
  });
  expect((await deploy(server, base)).deployment).toMatchObject({ state: "running", goal: { revision: 2 } });
  expect((await askToTheEnd(server, `POST ${base}/bundle`, { body: {} })).body.values).toEqual({ A: "two", EMPTY: "" });
  const back = await askToTheEnd(server, `POST ${base}/revisions/1/restore`, { ifMatch: 2, body: {} });
  expect(back.body).toMatchObject({ revision: 3 });
  expect((await saved(base)).values).toEqual({ A: "one", EMPTY: "" });
  const others = otherProgram(emulator, region);
  expect(await others.get(`/${prefix}/shop/dev/A`)).toBe("one");
});

test("a removed key stays at its path until it is purged; what others put there meanwhile is left alone", async () => {
  const base = await environment("purge");
  const others = otherProgram(emulator, region);
  const at = (key: string): string => `/${prefix}/purge/dev/${key}`;
  await save(base, 0, { KEPT: "1", GONE: "secret 1", THEIRS: "1" });
  const change = async (ifMatch: number, body: unknown) =>
    (await askToTheEnd(server, `PATCH ${base}/secrets`, { ifMatch, body })).body;
  expect((await change(1, { remove: ["GONE", "THEIRS"] })).warnings).toMatchObject([{ id: "stays-readable" }]);
  expect(await others.get(at("GONE"))).toBe("secret 1");
  // Parameter Store tells times in whole seconds.
  const began = Date.now();
  await until(
    async () => Date.now(),
    (now) => now > began + 1100,
  );
  await others.put(at("THEIRS"), "by hand");
  const first = await change(2, { remove: ["GONE", "THEIRS"], purge: true });
  expect(first).toMatchObject({ changed: false, purged: [], warnings: [{ id: "not-purged" }] });
  expect(first.warnings[0].message).toMatch(/`THEIRS`/u);
  expect(await others.get(at("THEIRS"))).toBe("by hand");
  expect(await others.get(at("GONE"))).toBeUndefined();
  expect(await change(2, { remove: ["GONE"], purge: true })).toMatchObject({ purged: ["GONE"], warnings: [] });
  expect((await askToTheEnd(server, `POST ${base}/revisions/1/restore`, { ifMatch: 2, body: {} })).body).toMatchObject({
    code: "revision_gone",
  });
  expect((await saved(base)).values).toEqual({ KEPT: "1" });
  expect((await change(2, { remove: ["KEPT"], set: { NEXT: "1" }, purge: true })).purged).toEqual(["KEPT"]);
  expect(Object.keys(await others.list(`/${prefix}/purge/dev`))).toEqual(["NEXT", "THEIRS"]);
});

const values = (round: number, count = 6) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`K${i}`, `round ${round} of ${i}`]));

/** Kills the server when `reached` says so, in the middle of a save; answers what is there after a restart. */
const killInSave = async (
  base: string,
  revision: number,
  round: number,
  reached: () => Promise<boolean>,
  count?: number,
): Promise<{ readonly status: number | null; readonly now: any; readonly history: any }> => {
  const sent = send(base, revision, values(round, count)).then(
    ({ status }) => status,
    () => null,
  );
  await until(reached, Boolean);
  await server.kill();
  const status = await sent;
  await emulator.reset();
  server = await start();
  // The sweep settles what was cut off.
  const now = await until(
    async () => await saved(base),
    ({ revision: newest }) => newest !== undefined,
  );
  const history = await until(
    async () => (await ask(server, `GET ${base}/revisions`)).body.items,
    (items) => (items[0]?.revision ?? 0) === now.revision,
  );
  return { status, now, history };
};

test("a server killed before its record: nothing was saved, and the next save goes on from there", async () => {
  const base = await environment("before");
  await save(base, 0, values(0));
  for (let round = 1; round <= 3; round++) {
    await emulator.reset();
    // Its record never arrives.
    const record = `/${prefix}.rev/before/dev/000002`;
    await emulator.faults([{ action: "PutParameter", name: record, do: "drop-before", times: 1_000_000 }]);
    const { now, history } = await killInSave(
      base,
      1,
      round,
      async () => (await puts(record, "dropped before")) >= round,
    );
    expect(now).toEqual({ revision: 1, values: values(0) });
    expect(history).toHaveLength(1);
  }
  expect((await save(base, 1, values(9))).body).toMatchObject({ revision: 2, verified: true });
  expect(await saved(base)).toEqual({ revision: 2, values: values(9) });
}, 120_000);

test("a server killed after its record and before its own row: the revision is found and recorded, once", async () => {
  const base = await environment("after");
  await save(base, 0, values(0));
  let revision = 1;
  for (let round = 1; round <= 3; round++) {
    await emulator.reset();
    // Its next step, reading back, lasts long enough; reading before the save is the first one.
    await emulator.faults([{ action: "GetParameters", name: "/after/dev/K", nth: 2, do: "delay", ms: 5000 }]);
    const record = `/${prefix}.rev/after/dev/${String(revision + 1).padStart(6, "0")}`;
    const { status, now, history } = await killInSave(base, revision, round, async () => (await puts(record)) > 0);
    // Not acknowledged: cut off, or said to last.
    expect([null, 202]).toContain(status);
    revision += 1;
    expect(now).toEqual({ revision, values: values(round) });
    expect(history.map((one: any) => one.revision)).toEqual(Array.from({ length: revision }, (_, i) => revision - i));
    expect(history[0].changes.map(({ key }: any) => key)).toEqual(Object.keys(values(round)));
  }
  await server.kill();
  server = await start();
  expect(await saved(base)).toEqual({ revision, values: values(3) });
}, 120_000);

test("a server killed at any time: acknowledged saves survive, others are whole or absent", async () => {
  const base = await environment("anytime");
  const [kills, seed] = [isLongRun ? 200 : 10, randomInt(2 ** 31)];
  process.stdout.write(`aws-ssm, the server killed in ${kills} saves: seed ${seed}\n`);
  const chance = chanceOf(seed);
  await save(base, 0, values(0));
  let [revision, contents] = [1, values(0)];
  const counts = { kills: 0, "saves acknowledged": 0, "found whole": 0, absent: 0 };
  for (let round = 1; round <= kills; round++) {
    await emulator.reset();
    await emulator.config({ latencyMs: 15 });
    const count = 1 + Math.floor(chance() * 20);
    // By calls, not by time: half of the kills fall among the values, the others around the record and the answer.
    const isLate = chance() < 0.5;
    const [call, linger] = [1 + Math.floor(chance() * (count + 1)), chance() * 120];
    const record = `/${prefix}.rev/anytime/dev/${String(revision + 1).padStart(6, "0")}`;
    const reached = async (): Promise<boolean> => {
      const { calls } = await emulator.log();
      if (!isLate) return calls.length >= call;
      if (!calls.some(({ action, name }) => action === "PutParameter" && name === record)) return false;
      await new Promise((resolve) => setTimeout(resolve, linger));
      return true;
    };
    const { status, now, history } = await killInSave(base, revision, round, reached, count);
    counts.kills += 1;
    if (status === 200) counts["saves acknowledged"] += 1;
    else counts[now.revision > revision ? "found whole" : "absent"] += 1;
    expect(status !== 200 || now.revision === revision + 1).toBe(true);
    if (now.revision > revision) [revision, contents] = [revision + 1, { ...contents, ...values(round, count) }];
    expect(now, `round ${round}`).toEqual({ revision, values: contents });
    expect(history.map((one: any) => one.revision)).toEqual(
      Array.from({ length: Math.min(revision, history.length) }, (_, i) => revision - i),
    );
  }
  recordEvidence(`Parameter Store: the server killed in the middle of a save (seed ${seed})`, {
    ...counts,
    lost: 0,
    torn: 0,
  });
}, 1_800_000);

test("a revision that is in the store and not yet recorded is not overwritten: its keys conflict, others merge", async () => {
  const base = await environment("race");
  await save(base, 0, { A: "1", B: "1", C: "1" });
  const { id: environmentId } = (await ask(server, `GET ${base}`)).body.environment;
  const scope = { appId: "", app: "race", environmentId, environment: "dev", slot: "live" } as const;
  process.env["AWS_ENDPOINT_URL_SSM"] = emulator.url;
  // Another server, between its commit and its row.
  const other = createAwsSsm().open({ region, prefix }, scope, testHost());
  await other.commit(
    {
      expect: 1,
      txn: "other",
      changes: [
        { op: "set", key: "A", value: secretText("theirs") },
        { op: "remove", key: "C" },
      ],
    },
    { signal: new AbortController().signal, progress: () => undefined },
  );
  for (const key of ["A", "C"])
    expect((await save(base, 1, { [key]: "mine" })).body).toMatchObject({ code: "revision_conflict", keys: [key] });
  expect((await save(base, 1, { B: "mine" })).body).toMatchObject({ revision: 3, mergedWith: 2 });
  expect((await saved(base)).values).toEqual({ A: "theirs", B: "mine" });
});

test("a save that cannot be read back is recorded, and said not to be verified", async () => {
  const base = await environment("unread");
  await save(base, 0, { A: "1" });
  await emulator.config({ deny: [{ action: "GetParameters", prefix: `/${prefix}/unread/dev/B` }] });
  const reply = await save(base, 1, { B: "2" });
  await emulator.config({ deny: [] });
  expect(reply.body).toMatchObject({ revision: 2, changed: true, verified: false, warnings: [{ id: "not-verified" }] });
  expect((await ask(server, `GET ${base}/revisions`)).body.items.map((one: any) => one.revision)).toEqual([2, 1]);
});

test("a save that lasts is answered at once and can be followed; one that is cancelled saves nothing", async () => {
  const base = await environment("lasting");
  await emulator.config({ latencyBy: { PutParameter: 400 } });
  const begun = await send(base, 0, values(1, 25));
  expect(begun.status).toBe(202);
  const { id } = begun.body.operation;
  const shares: number[] = [];
  const told: { written: number; of: number; secondsLeft: number | null; share: number }[] = [];
  const end = await until(
    async () => (await ask(server, `GET ${base}/operations/${id}`)).body.operation,
    ({ share, progress, state }) => {
      shares.push(share);
      if (progress !== null) told.push({ ...progress, share });
      return state !== "running";
    },
  );
  expect(end).toMatchObject({ state: "done", share: 1, result: { revision: 1, verified: true } });
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(new Set(shares).size).toBeGreaterThan(2);
  // 25 puts and a record are seven more than leave at once, at three a second.
  expect(Math.max(...told.map(({ secondsLeft }) => secondsLeft ?? 0))).toBeGreaterThanOrEqual(2);
  expect(told.every(({ written, of, share }) => of === 25 && share === written / of)).toBe(true);
  expect(end.progress).toBeNull();
  const second = await send(base, 1, values(2, 25));
  await ask(server, `DELETE ${base}/operations/${second.body.operation.id}`);
  const cancelled = await operationEnd(server, base, second.body.operation.id);
  expect(cancelled).toMatchObject({ state: "failed", problem: { code: "cancelled" } });
  await emulator.config({ latencyBy: {} });
  expect(await saved(base)).toEqual({ revision: 1, values: values(1, 25) });
}, 120_000);
