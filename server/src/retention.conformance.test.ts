import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { otherProgram, startParameterStore, type ParameterStore } from "../../e2e/harness/parameter-store.ts";
import { ask, askToTheEnd, makeHome, startServer, type Home, type TestServer } from "../../e2e/harness/server.ts";
import { testHost } from "../../e2e/harness/store-host.ts";
import { createStores } from "./adapters/stores/index.ts";
import { openDatabase } from "./database/open.ts";
import type { Host } from "./features/host.ts";
import { sweepRetention } from "./features/secrets/retention.ts";
import { sweepTidy } from "./features/secrets/tidy.ts";

const region = "eu-west-1";
const prefix = `retention-${process.pid}`;
const base = "/apps/shop/environments/dev";
const values = `/${prefix}/shop/dev`;
const records = `/${prefix}.rev/shop/dev`;
const aws = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
let emulator: ParameterStore;
let home: Home;
let server: TestServer;

const start = async (): Promise<TestServer> =>
  await startServer({ ...home, env: { AWS_ENDPOINT_URL_SSM: emulator.url, ...aws } });

beforeAll(async () => {
  emulator = await startParameterStore();
  Object.assign(process.env, { AWS_ENDPOINT_URL_SSM: emulator.url, ...aws });
  home = await makeHome();
  server = await start();
  await ask(server, "POST /apps", { body: { name: "shop" } });
  const store = { kind: "aws-ssm", settings: { region, prefix } };
  await ask(server, "POST /connections", { body: { name: "here", cluster: { kind: "process" }, store } });
  await ask(server, "POST /apps/shop/environments", { body: { name: "dev", connection: "here", kind: "sandbox" } });
  await emulator.config({ latencyMs: 0, latencyBy: {} });
}, 120_000);
afterAll(async () => {
  await server?.stop();
  await home?.remove();
  emulator?.stop();
});
beforeEach(async () => await emulator.reset());

const save = async (ifMatch: number, body: unknown) =>
  await askToTheEnd(server, `PATCH ${base}/secrets`, { ifMatch, body });

/** Both sweeps of a server that runs `ahead` milliseconds from now, on the data of this one. */
const sweep = async (ahead: number): Promise<string[]> => {
  await server.stop();
  const said: string[] = [];
  const note = (facts: unknown, message: string): void => void said.push(`${message}: ${JSON.stringify(facts)}`);
  const { db, dialect, close } = await openDatabase(home.databaseUrl ?? join(home.dataDir, "keyroll.db"));
  const host = testHost();
  const clock = { ...host.clock, now: () => host.clock.now() + ahead };
  const stores = createStores();
  const log = { info: note, warn: note, error: note };
  try {
    await db.updateTable("retention").set({ due_at: 0 }).execute();
    const later = { ...host, clock, db, dialect, stores, log, instance: "later" } as unknown as Host;
    await sweepTidy(later, new Map(), signal);
    await sweepRetention(later, signal);
  } finally {
    await close();
  }
  server = await start();
  return said;
};
const { signal } = new AbortController();
const month = 31 * 24 * 3_600_000;
const readable = async (): Promise<number[]> =>
  (await ask(server, `GET ${base}/revisions?limit=200`)).body.items
    .filter((one: { readable: boolean }) => one.readable)
    .map((one: { revision: number }) => one.revision);

test("in Parameter Store nothing goes that is young; later the records go, and what only they pinned", async () => {
  expect((await save(0, { set: { A: "1", GONE: "1" } })).status).toBe(200);
  expect((await save(1, { set: { A: "2" }, remove: ["GONE"] })).status).toBe(200);
  for (let n = 2; n < 23; n++) expect((await save(n, { set: { A: `value ${n + 1}` } })).status).toBe(200);
  const others = otherProgram(emulator, region);
  expect(await sweep(0)).toEqual([]);
  expect((await readable()).length).toBe(23);
  // A removed key stays at its path until it is collected.
  expect(Object.keys(await others.list(values))).toEqual(["A", "GONE"]);

  // A worker that cannot write: nothing is lost, and it says so.
  await emulator.faults([
    { action: "DeleteParameters", do: "error", type: "AccessDeniedException", status: 400, times: 9 },
  ]);
  const [line = ""] = await sweep(month);
  expect(line).toMatch(/could not be removed yet.*provider_denied/u);
  expect(Object.keys(await others.list(values))).toEqual(["A", "GONE"]);

  await emulator.reset();
  expect(await sweep(month)).toEqual([]);
  expect(Object.keys(await others.list(values))).toEqual(["A"]);
  const left = Object.keys(await others.list(records)).filter((name) => /^\d+$/u.test(name));
  expect(left.map(Number)).toEqual(Array.from({ length: 20 }, (_, i) => i + 4));
  expect((await readable()).length).toBe(20);
  const bundle = await askToTheEnd(server, `POST ${base}/bundle`, { body: { of: "saved" } });
  expect(bundle.body.values).toEqual({ A: "value 23" });
  expect((await askToTheEnd(server, `POST ${base}/revisions/2/restore`, { ifMatch: 23, body: {} })).body).toMatchObject(
    {
      code: "revision_gone",
    },
  );
}, 120_000);

test("what a failed save left of a key that was never saved goes after a day, and nothing of anybody else", async () => {
  const others = otherProgram(emulator, region);
  await emulator.config({ deny: [{ action: "PutParameter", prefix: `${values}/LAST` }] });
  expect((await save(23, { set: { NEVER: "n", LAST: "l" } })).body).toMatchObject({ code: "provider_denied" });
  await emulator.config({ deny: [] });
  await others.put(`${values}/THEIRS`, "theirs");
  const minute = 60_000;
  expect(await sweep(minute)).toEqual([]);
  expect(Object.keys(await others.list(values))).toEqual(["A", "NEVER", "THEIRS"]);
  expect((await ask(server, `GET ${base}/drift`)).body.drift).toMatchObject([
    { key: "NEVER", kind: "foreign" },
    { key: "THEIRS", kind: "foreign" },
  ]);
  const day = 24 * 60 * minute;
  await emulator.faults([{ action: "DeleteParameters", do: "error", type: "AccessDeniedException", status: 400 }]);
  expect((await sweep(day + minute)).join()).toMatch(/could not be deleted yet.*provider_denied/u);
  expect(await sweep(day + minute)).toEqual([]);
  expect(Object.keys(await others.list(values))).toEqual(["A", "THEIRS"]);
  const [entry] = (await ask(server, "GET /audit?action=secrets.prune")).body.items;
  expect(entry).toMatchObject({ actor: { name: expect.any(String) }, details: { neverSaved: ["NEVER"] } });
  expect((await askToTheEnd(server, `POST ${base}/bundle`, { body: { of: "saved" } })).body.values).toEqual({
    A: "value 23",
  });
  await others.remove(`${values}/THEIRS`);
}, 120_000);

test("a worker that was overtaken stops quietly, and looks again", async () => {
  await otherProgram(emulator, region).put(`${records}/fence`, "1000");
  expect((await save(23, { set: { A: "value 24" } })).status).toBe(200);
  const [line = ""] = await sweep(month);
  expect(line).toMatch(/another worker removes old values/u);
  expect(Object.keys(await otherProgram(emulator, region).list(records))).toContain("000004");
}, 60_000);
