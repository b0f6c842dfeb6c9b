import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { otherProgram, startParameterStore, wavesOf, type ParameterStore } from "../../e2e/harness/parameter-store.ts";
import {
  ask,
  askToTheEnd,
  deploy,
  makeConnections,
  makeHome,
  startServer,
  until,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";

const region = "eu-west-1";
const prefix = `drift-${process.pid}`;
const somebody = "arn:aws:iam::123456789012:user/somebody-else";
let emulator: ParameterStore;
let theirs: ReturnType<typeof otherProgram>;
let home: Home;
let server: TestServer;

beforeAll(async () => {
  emulator = await startParameterStore();
  theirs = otherProgram(emulator, region);
  home = await makeHome();
  server = await startServer({ ...home, env: emulator.env });
  await makeConnections(server, {
    eu: { kind: "aws-ssm", settings: { region, prefix } },
    // A Region of its own has a quota of its own: what other tests have put is no reason to wait.
    rested: { kind: "aws-ssm", settings: { region: "eu-central-1", prefix } },
    here: { kind: "local", settings: {} },
  });
}, 60_000);
afterAll(async () => {
  await server?.stop();
  await home?.remove();
  emulator?.stop();
});
beforeEach(async () => {
  await emulator.reset();
  await emulator.config({ throttle: false, latencyMs: 0, latencyBy: {}, deny: [] });
});

const environment = async (app: string, connection = "eu"): Promise<string> => {
  await ask(server, "POST /apps", { body: { name: app } });
  await ask(server, `POST /apps/${app}/environments`, { body: { name: "dev", connection, kind: "sandbox" } });
  return `/apps/${app}/environments/dev`;
};
const at = (app: string, key: string): string => `/${prefix}/${app}/dev/${key}`;
const save = async (base: string, ifMatch: number, body: unknown) =>
  await askToTheEnd(server, `PATCH ${base}/secrets`, { ifMatch, body });
const drift = async (base: string) => (await ask(server, `GET ${base}/drift`)).body;
const resolve = async (base: string, ifMatch: number, action: "adopt" | "overwrite", keys: readonly string[]) =>
  await askToTheEnd(server, `POST ${base}/drift`, { ifMatch, body: { action, keys } });
const saved = async (base: string) =>
  (await askToTheEnd(server, `POST ${base}/bundle`, { body: { of: "saved" } })).body;
const numbered = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`K${i}`, `value ${i}`]));

test("what others change is told by key, who and when, and becomes a revision or is put back", async () => {
  const base = await environment("shop");
  await save(base, 0, { set: { A: "a1", B: "b1", C: "c1", D: "d1" } });
  await deploy(server, base);
  expect(await drift(base)).toMatchObject({ revision: 1, drift: [] });
  await theirs.put(at("shop", "A"), "their a");
  await theirs.put(at("shop", "B"), "their b");
  await theirs.put(at("shop", "NEW"), "their new");
  await theirs.remove(at("shop", "C"));
  const found = await drift(base);
  expect(found.drift).toMatchObject([
    { key: "A", kind: "changed", by: somebody, at: expect.any(Number), overwrite: "store" },
    { key: "B", kind: "changed", by: somebody, overwrite: "store" },
    { key: "C", kind: "missing", by: null, at: null, overwrite: null },
    { key: "NEW", kind: "foreign", by: somebody, overwrite: null },
  ]);
  expect(JSON.stringify(found)).not.toMatch(/their|[abcd]1"/u);

  const adopted = await resolve(base, 1, "adopt", ["A", "C", "NEW"]);
  expect(adopted.body).toMatchObject({ revision: 2, changed: true, verified: true, warnings: [] });
  expect(adopted.body.secrets.map(({ key, op }: { key: string; op: string }) => [key, op])).toEqual([
    ["A", "set"],
    ["C", "remove"],
    ["NEW", "set"],
  ]);
  expect((await saved(base)).values).toEqual({ A: "their a", B: "b1", D: "d1", NEW: "their new" });
  expect((await drift(base)).drift).toMatchObject([{ key: "B" }]);

  const back = await resolve(base, 2, "overwrite", ["B"]);
  expect(back.body).toMatchObject({ revision: 3, changed: true, verified: true, secrets: [] });
  expect(await theirs.get(at("shop", "B"))).toBe("b1");
  expect(await drift(base)).toMatchObject({ revision: 3, drift: [] });
  // What was put back is the value that is deployed already; what was adopted is not.
  const { secrets } = (await ask(server, `GET ${base}/secrets`)).body;
  const states = Object.fromEntries(secrets.map(({ key, state }: { key: string; state: string }) => [key, state]));
  expect([states["A"], states["B"], states["NEW"]]).toEqual(["saved", states["D"], "saved"]);
  const entries = (await ask(server, "GET /audit?action=secrets.change")).body.items;
  expect(entries.slice(0, 2).map((entry: any) => entry.details.drift)).toEqual([
    { action: "overwrite", place: "store", keys: ["B"] },
    { action: "adopt", place: "store", keys: ["A", "C", "NEW"] },
  ]);
  const history = (await ask(server, `GET ${base}/revisions`)).body.items;
  expect(history[0].message).toBe("Put back in the store: B");
});

test("what cannot be done is said, and nothing is half done", async () => {
  const base = await environment("refused");
  await save(base, 0, { set: { A: "a1", GONE: "g1" } });
  await theirs.put(at("refused", "A"), "their a");
  await theirs.put(at("refused", "NEW"), "their new");
  await theirs.remove(at("refused", "GONE"));
  const asked = async (...what: Parameters<typeof resolve>) => (await resolve(...what)).body;
  expect(await asked(base, 1, "adopt", ["A", "FINE"])).toMatchObject({ code: "not_found", keys: ["FINE"] });
  expect(await asked(base, 1, "overwrite", ["A", "NEW"])).toMatchObject({ code: "invalid", keys: ["NEW"] });
  expect(await asked(base, 1, "overwrite", ["A", "GONE"])).toMatchObject({ code: "invalid", keys: ["GONE"] });
  expect(await asked(base, 1, "adopt", [])).toMatchObject({ code: "invalid", field: "keys" });
  await theirs.put(at("refused", "LD_PRELOAD"), "/tmp/theirs.so");
  expect(await asked(base, 1, "adopt", ["LD_PRELOAD"])).toMatchObject({
    code: "confirmation_required",
    keys: ["LD_PRELOAD"],
  });
  await theirs.remove(at("refused", "LD_PRELOAD"));
  await save(base, 1, { set: { B: "b1" } });
  expect(await asked(base, 1, "adopt", ["A"])).toMatchObject({ code: "revision_conflict", limit: 2, actual: 1 });
  const missing = await ask(server, `POST ${base}/drift`, { body: { action: "adopt", keys: ["A"] } });
  expect(missing.status).toBe(428);
  expect((await ask(server, `GET ${base}/secrets`)).body.revision).toBe(2);
  expect(await theirs.get(at("refused", "A"))).toBe("their a");
  expect((await drift(base)).drift.map(({ key }: { key: string }) => key)).toEqual(["A", "GONE", "NEW"]);
});

test("a deleted value is saved anew, and the drift is over", async () => {
  const base = await environment("anew");
  await save(base, 0, { set: { A: "a1", B: "b1" } });
  await theirs.remove(at("anew", "A"));
  expect((await save(base, 1, { set: { A: "a2" } })).body).toMatchObject({ revision: 2, verified: true });
  expect((await drift(base)).drift).toEqual([]);
});

test("more pairs than an environment has are not adopted", async () => {
  const base = await environment("full");
  await save(base, 0, { set: { A: "a1" } });
  const keys = Object.keys(numbered(100));
  for (const key of keys) await theirs.put(at("full", key), "theirs");
  const refused = (await resolve(base, 1, "adopt", keys)).body;
  expect(refused).toMatchObject({ code: "limit_exceeded", limit: 100, actual: 101, changed: false });
  expect((await resolve(base, 1, "adopt", keys.slice(1))).body).toMatchObject({ revision: 2, verified: true });
  expect(Object.keys((await saved(base)).values)).toHaveLength(100);
}, 60_000);

test("what a save under way has put there is not taken for somebody else's", async () => {
  const base = await environment("busy");
  await save(base, 0, { set: { A: "a1", B: "b1" } });
  await emulator.config({ latencyBy: { PutParameter: 1500 } });
  const first = await ask(server, `PATCH ${base}/secrets`, { ifMatch: 1, body: { set: { A: "a2" } } });
  expect(first.status).toBe(202);
  expect(await drift(base)).toMatchObject({ code: "in_use" });
  expect((await resolve(base, 1, "overwrite", ["A"])).body).toMatchObject({ code: "in_use" });
  await until(
    async () => await drift(base),
    (found) => found.revision === 2,
  );
  expect((await drift(base)).drift).toEqual([]);
}, 60_000);

test("a server that is killed while it puts back values leaves what was saved, and it can be put back again", async () => {
  const base = await environment("killed");
  await save(base, 0, { set: numbered(12) });
  for (let i = 0; i < 12; i++) await theirs.put(at("killed", `K${i}`), "theirs");
  await emulator.config({ latencyBy: { PutParameter: 700 } });
  // However late the kill comes, nothing is recorded before it.
  await emulator.faults([
    { action: "PutParameter", name: `/${prefix}.rev/killed/dev/`, do: "drop-before", times: 1_000_000 },
  ]);
  const keys = Array.from({ length: 12 }, (_, i) => `K${i}`);
  const begun = await ask(server, `POST ${base}/drift`, { ifMatch: 1, body: { action: "overwrite", keys } });
  expect(begun.status).toBe(202);
  await server.kill();
  await emulator.config({ latencyBy: {} });
  await emulator.reset();
  server = await startServer({ ...home, env: emulator.env });
  const { revision } = await until(
    async () => await drift(base),
    (found) => found.code !== "in_use",
  );
  expect((await saved(base)).values).toEqual(numbered(12));
  const left = (await drift(base)).drift.map(({ key }: { key: string }) => key);
  expect(left.length).toBeGreaterThan(0);
  expect((await resolve(base, revision, "overwrite", left)).body).toMatchObject({ verified: true });
  expect((await drift(base)).drift).toEqual([]);
  expect(await theirs.get(at("killed", "K11"))).toBe("value 11");
}, 60_000);

test("a save that was refused before its first value went out is no reason to look into the store", async () => {
  const base = await environment("early");
  await save(base, 0, { set: { A: "a1" } });
  await save(base, 1, { set: { A: "a2" } });
  expect((await save(base, 1, { set: { A: "a3" } })).body).toMatchObject({ code: "revision_conflict" });
  await emulator.config({ deny: [{ action: "PutParameter", prefix: at("early", "A") }] });
  expect((await save(base, 2, { set: { A: "a4" } })).body).toMatchObject({ code: "provider_denied" });
  await emulator.config({ deny: [] });
  await server.stop();
  const db = new DatabaseSync(join(home.dataDir, "keyroll.db"), { readOnly: true });
  const rows = db
    .prepare(
      `SELECT tidied_at IS NOT NULL AS tidied FROM operations WHERE problem IS NOT NULL ORDER BY rowid DESC LIMIT 2`,
    )
    .all();
  db.close();
  server = await startServer({ ...home, env: emulator.env });
  // The second one sent a put: whether it left something has to be seen.
  expect(rows.map(({ tidied }) => tidied)).toEqual([0, 1]);
});

test("a save of few keys waits for four calls, one after the other", async () => {
  const base = await environment("few", "rested");
  await save(base, 0, { set: numbered(5) });
  for (const [revision, count] of [
    [1, 1],
    [2, 5],
  ] as const) {
    await emulator.config({ latencyMs: 200 });
    await emulator.reset();
    // As long as what is there: it is compared before it is written.
    const set = Object.fromEntries(Object.keys(numbered(count)).map((key) => [key, `new_${revision} ${key.slice(1)}`]));
    expect((await save(base, revision, { set })).body).toMatchObject({ revision: revision + 1, verified: true });
    // What is tidied up in other environments meanwhile is not this save's.
    const calls = (await emulator.log()).calls.filter(({ name }) => name.includes("/few/dev"));
    await emulator.config({ latencyMs: 0 });
    expect(wavesOf(calls)).toEqual([
      ["GetParameters", "GetParameters"],
      Array.from({ length: count }, () => "PutParameter"),
      ["PutParameter"],
      ["GetParameters", "GetParameters"],
    ]);
  }
}, 60_000);

test("the embedded store has nobody else", async () => {
  const base = await environment("own", "here");
  await save(base, 0, { set: { A: "a1" } });
  expect(await drift(base)).toMatchObject({ revision: 1, drift: [] });
  expect((await resolve(base, 1, "overwrite", ["A"])).body).toMatchObject({ code: "not_found" });
});

test("what a save that failed has left is put back for those who read the path, and nothing of anybody else", async () => {
  const base = await environment("tidy");
  await save(base, 0, { set: { A: "a1", B: "b1", C: "c1", LAST: "l1" } });
  await emulator.config({ deny: [{ action: "PutParameter", prefix: at("tidy", "LAST") }] });
  const refused = await save(base, 1, { set: { A: "a2", B: "b2", LAST: "l2" } });
  expect(refused.body).toMatchObject({ code: "provider_denied" });
  await emulator.config({ deny: [] });
  expect(await theirs.get(at("tidy", "A"))).toBe("a2");
  await theirs.put(at("tidy", "C"), "their c");
  await until(
    async () => [await theirs.get(at("tidy", "A")), await theirs.get(at("tidy", "B"))],
    ([a, b]) => a === "a1" && b === "b1",
    60,
  );
  const [newest] = await until(
    async () => (await ask(server, `GET ${base}/revisions`)).body.items,
    (items) => items.length > 1,
  );
  expect(newest).toMatchObject({
    revision: 2,
    author: "Keyroll (after a save that failed)",
    message: "Put back after a save that failed: A, B",
    changes: [],
  });
  expect((await drift(base)).drift).toMatchObject([{ key: "C", by: somebody }]);
  expect(await theirs.get(at("tidy", "C"))).toBe("their c");
}, 90_000);

test("what somebody else changed while a save failed stays, and is told", async () => {
  const base = await environment("not-ours");
  await save(base, 0, { set: { A: "a1", LAST: "l1" } });
  await emulator.config({ deny: [{ action: "PutParameter", prefix: at("not-ours", "LAST") }] });
  await save(base, 1, { set: { A: "a2", LAST: "l2" } });
  await theirs.put(at("not-ours", "A"), "theirs");
  await emulator.config({ deny: [] });
  // Another environment's failure comes after it: when that is tidied, this one was looked at.
  const later = await environment("later");
  await save(later, 0, { set: { A: "a1", LAST: "l1" } });
  await emulator.config({ deny: [{ action: "PutParameter", prefix: at("later", "LAST") }] });
  await save(later, 1, { set: { A: "a2", LAST: "l2" } });
  await emulator.config({ deny: [] });
  await until(
    async () => await theirs.get(at("later", "A")),
    (value) => value === "a1",
    60,
  );
  expect(await theirs.get(at("not-ours", "A"))).toBe("theirs");
  expect((await drift(base)).drift).toMatchObject([{ key: "A", by: somebody, overwrite: "store" }]);
  expect((await ask(server, `GET ${base}/secrets`)).body.revision).toBe(1);
}, 90_000);
