import { expect, test } from "vitest";
import { ask, deploy, type TestServer } from "../../e2e/harness/server.ts";
import { withServer } from "../../e2e/harness/with-server.ts";

let server: TestServer;
let base = "";
withServer((started) => {
  ({ server, base } = started);
});

const environment = async (name: string): Promise<string> => {
  await ask(server, "POST /apps/shop/environments", { body: { name, connection: "here", kind: "sandbox" } });
  return `/apps/shop/environments/${name}`;
};
const values = async (at: string, of: string | number = "saved") =>
  (await ask(server, `POST ${at}/bundle`, { body: { of } })).body.values;

test("a change set is saved whole, byte for byte, as a numbered revision with author and message", async () => {
  const at = await environment("bytes");
  const nasty = {
    TEXT: "  'q\"$(x) `y` ${Z} \\n \r\n{{ .V }} \u00e9\u{1F600}\n",
    EMPTY: "",
    BIN: { base64: Buffer.from([0, 255, 10, 13, 0]).toString("base64") },
  };
  const saved = await ask(server, `PATCH ${at}/secrets`, { ifMatch: 0, body: { set: nasty, message: "first" } });
  expect(saved.status).toBe(200);
  expect(saved.body).toMatchObject({ revision: 1, verified: true, changed: true });
  expect(saved.etag).toBe('"1"');
  expect(await values(at)).toEqual(nasty);
  const history = await ask(server, `GET ${at}/revisions`);
  expect(history.body.items[0]).toMatchObject({ revision: 1, author: "bootstrap", message: "first", keys: 3 });
});

test("a key that is asked for and not there is a 404 that names it, also where nothing was ever saved", async () => {
  const at = await environment("no-key");
  for (const revision of [0, 1]) {
    const { status, body } = await ask(server, `POST ${at}/bundle`, { body: { of: "saved", only: ["PASSWORT"] } });
    expect([status, body.code, body.key]).toEqual([404, "not_found", "PASSWORT"]);
    expect(body.detail).toBe(`\`PASSWORT\` is not in revision ${revision}.`);
    await ask(server, `PATCH ${at}/secrets`, { ifMatch: revision, body: { set: { PASSWORD: "x" } } });
  }
  const empty = await environment("no-keys");
  expect((await ask(server, `POST ${empty}/bundle`, { body: { of: "saved" } })).body).toEqual({
    revision: 0,
    values: {},
  });
});

test("without If-Match a save is a 428, and nothing is saved", async () => {
  const at = await environment("no-base");
  const refused = await ask(server, `PATCH ${at}/secrets`, { body: { set: { A: "x" } } });
  expect([refused.status, refused.body.code]).toEqual([428, "precondition_required"]);
  expect((await ask(server, `GET ${at}/secrets`)).body.revision).toBe(0);
});

test("disjoint edits from the same revision both land; overlapping ones are one 409 that names the keys", async () => {
  const at = await environment("merge");
  await ask(server, `PATCH ${at}/secrets`, { ifMatch: 0, body: { set: { A: "1", B: "1" } } });
  const [mine, theirs] = await Promise.all([
    ask(server, `PATCH ${at}/secrets`, { ifMatch: 1, body: { set: { A: "mine" } } }),
    ask(server, `PATCH ${at}/secrets`, { ifMatch: 1, body: { set: { B: "theirs" } } }),
  ]);
  expect([mine.status, theirs.status]).toEqual([200, 200]);
  expect([mine.body.mergedWith, theirs.body.mergedWith].toSorted()).toEqual([2, null]);
  expect(await values(at)).toEqual({ A: "mine", B: "theirs" });
  const late = await ask(server, `PATCH ${at}/secrets`, {
    ifMatch: 1,
    body: { set: { A: "late", C: "new" }, remove: ["B"] },
  });
  expect(late.status).toBe(409);
  expect(late.body).toMatchObject({ code: "revision_conflict", keys: ["A", "B"], changed: false });
  expect(await values(at)).toEqual({ A: "mine", B: "theirs" });
});

test("50 concurrent editors lose nothing", async () => {
  const at = await environment("crowd");
  const replies = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      ask(server, `PATCH ${at}/secrets`, { ifMatch: 0, body: { set: { [`KEY_${i}`]: `value ${i}` } } }),
    ),
  );
  expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
  expect(new Set(replies.map(({ body }) => body.revision)).size).toBe(50);
  expect(await values(at)).toEqual(
    Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`KEY_${i}`, `value ${i}`])),
  );
});

test("all mistakes are named at once, with figures, and never a value", async () => {
  const at = await environment("mistakes");
  const canary = "CANARY-8c1f-value";
  const set = { "bad key": canary, "..": canary, PATH: canary, BIG: canary.repeat(70_000) };
  const refused = await ask(server, `PATCH ${at}/secrets`, { ifMatch: 0, body: { set, remove: ["MISSING"] } });
  expect(refused.status).toBe(422);
  const rules = refused.body.problems.map((problem: { rule: string }) => problem.rule);
  expect(rules.toSorted()).toEqual(["key-characters", "key-dots", "remove-missing", "risky-key", "total-size"]);
  expect(JSON.stringify(refused.body)).not.toContain("CANARY");
  expect((await ask(server, `GET ${at}/secrets`)).body.revision).toBe(0);
});

test("keys that objects have by themselves are keys as good as any, in every part of a change set", async () => {
  const base = await environment("own-names");
  const set = JSON.parse('{"__proto__": "one", "constructor": "two", "toString": "three", "B": "four"}');
  const saved = await ask(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set } });
  expect(saved.body.secrets.map(({ key }: any) => key).toSorted()).toEqual(Object.keys(set).toSorted());
  const read = async () => (await ask(server, `POST ${base}/bundle`, { body: { of: "saved" } })).body.values;
  expect(Object.entries(await read()).toSorted()).toEqual(Object.entries(set).toSorted());
  const change = JSON.parse(
    '{"rename": {"__proto__": "P", "B": "__proto__"}, "meta": {"__proto__": {"note": " said "}}}',
  );
  const renamed = await ask(server, `PATCH ${base}/secrets`, { ifMatch: 1, body: change });
  expect(renamed.body, JSON.stringify(renamed.body)).toMatchObject({ revision: 2 });
  expect(Object.entries(await read()).toSorted()).toEqual(
    [
      ["P", "one"],
      ["__proto__", "four"],
      ["constructor", "two"],
      ["toString", "three"],
    ].toSorted(),
  );
  const broken = await ask(server, `PATCH ${base}/secrets`, {
    ifMatch: 2,
    body: JSON.parse('{"set": {"__proto__": 7}}'),
  });
  expect(broken.body).toMatchObject({ code: "invalid", field: "set.__proto__", changed: false });
});

test("100 pairs are taken, the 101st is refused with both figures", async () => {
  const at = await environment("hundred");
  const hundred = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`K${i}`, "v"]));
  expect((await ask(server, `PATCH ${at}/secrets`, { ifMatch: 0, body: { set: hundred } })).status).toBe(200);
  const more = await ask(server, `PATCH ${at}/secrets`, { ifMatch: 1, body: { set: { ONE_MORE: "v" } } });
  expect(more.body).toMatchObject({ code: "limit_exceeded", limit: 100, actual: 101, changed: false });
});

test("rename, remove, restore and the difference by key", async () => {
  const at = await environment("history");
  await ask(server, `PATCH ${at}/secrets`, { ifMatch: 0, body: { set: { A: "1", B: "2" } } });
  await ask(server, `PATCH ${at}/secrets`, {
    ifMatch: 1,
    body: { rename: { A: "C" }, remove: ["B"], set: { D: "4" } },
  });
  expect(await values(at)).toEqual({ C: "1", D: "4" });
  const shown = await ask(server, `GET ${at}/revisions/2`);
  expect(shown.body.difference).toEqual([
    { key: "A", status: "removed" },
    { key: "B", status: "removed" },
    { key: "C", status: "added" },
    { key: "D", status: "added" },
  ]);
  const restored = await ask(server, `POST ${at}/revisions/1/restore`, { ifMatch: 2, body: {} });
  expect(restored.body).toMatchObject({ revision: 3, changed: true });
  expect(await values(at)).toEqual({ A: "1", B: "2" });
  expect((await ask(server, `GET ${at}/revisions`)).body.items[0]).toMatchObject({ revision: 3, restoredFrom: 1 });
  expect(await values(at, 2)).toEqual({ C: "1", D: "4" });
});

test("notes, links, dates and visibility of keys; only visible values are listed", async () => {
  const at = await environment("meta");
  const meta = {
    LEVEL: { note: "how much is logged", url: "https://example.com/x", rotateBy: "2027-01-31", visible: true },
  };
  await ask(server, `PATCH ${at}/secrets`, { ifMatch: 0, body: { set: { LEVEL: "info", PASSWORD: "hidden" }, meta } });
  const { secrets } = (await ask(server, `GET ${at}/secrets`)).body;
  expect(secrets).toMatchObject([
    {
      key: "LEVEL",
      value: "info",
      note: "how much is logged",
      url: "https://example.com/x",
      rotateBy: "2027-01-31",
      visible: true,
    },
    { key: "PASSWORD", value: null, visible: false },
  ]);
  const script = await ask(server, `PATCH ${at}/secrets`, {
    ifMatch: 1,
    body: { meta: { LEVEL: { url: "javascript:alert(1)" } } },
  });
  expect(script.status).toBe(422);
});

test("a renamed key keeps its note, link and date; two that change names change them too", async () => {
  const at = await environment("renamed");
  const meta = { A: { note: "of A", rotateBy: "2027-02-01" }, B: { note: "of B", visible: true } };
  await ask(server, `PATCH ${at}/secrets`, { ifMatch: 0, body: { set: { A: "1", B: "2", C: "3" }, meta } });
  await ask(server, `PATCH ${at}/secrets`, { ifMatch: 1, body: { rename: { A: "B", B: "A", C: "D" } } });
  await ask(server, `PATCH ${at}/secrets`, { ifMatch: 2, body: { rename: { B: "E" }, meta: { E: { note: "new" } } } });
  const { secrets } = (await ask(server, `GET ${at}/secrets`)).body;
  const noted = secrets.map(({ key, note, rotateBy, visible }: any) => [key, note, rotateBy, visible]);
  expect(noted).toEqual([
    ["A", "of B", null, true],
    ["D", null, null, false],
    ["E", "new", "2027-02-01", false],
  ]);
  expect(await values(at)).toEqual({ A: "2", D: "3", E: "1" });
});

test("a plan tells problems, conflicts and what the next deployment restarts, and writes nothing", async () => {
  const at = await environment("plan");
  await ask(server, `PATCH ${at}/secrets`, { ifMatch: 0, body: { set: { A: "1", B: "1" } } });
  await deploy(server, at);
  const report = { host: "here", startedAt: Date.now(), revision: 1, state: "running" };
  await ask(server, `PUT ${at}/instances/one`, { body: { ...report, pid: 11, keys: ["A"] } });
  await ask(server, `PUT ${at}/instances/two`, { body: { ...report, pid: 12, keys: "all" } });
  await ask(server, `PATCH ${at}/secrets`, { ifMatch: 1, body: { set: { B: "2" } } });
  const plan = async (body: object) => (await ask(server, `POST ${at}/secrets/plan`, { body })).body;
  expect((await plan({})).restarts).toEqual([{ kind: "Process", name: "here/12" }]);
  const both = await plan({ set: { A: "2", B: "3", "bad key": "x" }, base: 1 });
  expect(both.restarts.map((one: { name: string }) => one.name)).toEqual(["here/11", "here/12"]);
  expect(both).toMatchObject({ revision: 2, conflicts: ["B"], problems: [{ rule: "key-characters", key: "bad key" }] });
  expect((await ask(server, `GET ${at}/secrets`)).body.revision).toBe(2);
});

test("an unchanged save makes no revision", async () => {
  const at = await environment("same");
  await ask(server, `PATCH ${at}/secrets`, { ifMatch: 0, body: { set: { A: "1" } } });
  const again = await ask(server, `PATCH ${at}/secrets`, { ifMatch: 1, body: { set: { A: "1" } } });
  expect(again.body).toMatchObject({ revision: 1, changed: false, secrets: [] });
});

test("reveal answers one value, is in the audit log first, and is limited to 30 a minute", async () => {
  const at = await environment("reveal");
  await ask(server, `PATCH ${at}/secrets`, { ifMatch: 0, body: { set: { A: "the value" } } });
  const revealed = await ask(server, `POST ${at}/secrets/A/reveal`, { body: { reason: "a test" } });
  expect(revealed.body).toEqual({ key: "A", value: "the value", revision: 1 });
  expect(revealed.headers.get("cache-control")).toBe("no-store");
  const missing = await ask(server, `POST ${at}/secrets/NOPE/reveal`, { body: {} });
  expect(missing.status).toBe(404);
  const { items } = (await ask(server, "GET /audit?action=secrets.reveal")).body;
  expect(items.map((item: { details: unknown }) => item.details)).toEqual([
    { key: "NOPE", revision: "newest" },
    { key: "A", revision: "newest", reason: "a test" },
  ]);
  const rest = await Promise.all(
    Array.from({ length: 30 }, () => ask(server, `POST ${at}/secrets/A/reveal`, { body: {} })),
  );
  const limited = rest.filter(({ status }) => status === 429);
  expect(limited.length).toBe(2);
  expect(Number(limited[0]?.headers.get("retry-after"))).toBeGreaterThan(0);
});

test("the same Idempotency-Key is answered once", async () => {
  const at = await environment("idem");
  const headers = { "idempotency-key": "a-key-of-this-test" };
  const first = await ask(server, `PATCH ${at}/secrets`, { ifMatch: 0, body: { set: { A: "1" } }, headers });
  const second = await ask(server, `PATCH ${at}/secrets`, { ifMatch: 0, body: { set: { A: "1" } }, headers });
  expect(second.body).toEqual(first.body);
  expect((await ask(server, `GET ${at}/revisions`)).body.items).toHaveLength(1);
});

test("import reads dotenv, tells what it did, and saves all or nothing", async () => {
  const at = await environment("import");
  const text = "# c\nexport A='one'\nB=two # note\nBAD LINE\n";
  const plan = await ask(server, `POST ${at}/secrets/import`, { body: { text } });
  expect(plan.body.entries).toMatchObject([
    { key: "A", line: 2, status: "new" },
    { key: "B", line: 3, status: "new" },
  ]);
  expect(plan.body.errors).toMatchObject([{ line: 4, id: "no-equals" }]);
  expect(plan.body.saved).toBeNull();
  const refused = await ask(server, `POST ${at}/secrets/import`, { ifMatch: 0, body: { text, apply: true } });
  expect([refused.status, refused.body.changed]).toEqual([422, false]);
  const saved = await ask(server, `POST ${at}/secrets/import`, {
    ifMatch: 0,
    body: { text: text.replace("BAD LINE\n", ""), apply: true },
  });
  expect(saved.body.saved).toMatchObject({ revision: 1, verified: true });
  expect(await values(at)).toEqual({ A: "one", B: "two" });
});

test("a store's settings are refused by field and rule, also when they are no address at all", async () => {
  for (const [kind, settings, field] of [
    ["vault", { address: "nowhere" }, "store.settings.address"],
    ["vault", { address: "https://name:hunter2@vault.example" }, "store.settings.address"],
    ["azure", { vaultUrl: "nowhere" }, "store.settings.vaultUrl"],
    ["aws-ssm", { region: "here" }, "store.settings.region"],
  ] as const) {
    const store = { kind, settings };
    const { status, body } = await ask(server, "POST /connections", {
      body: { name: "odd", cluster: { kind: "process" }, store },
    });
    expect([status, body.code, body.field], kind).toEqual([422, "invalid", field]);
    expect(JSON.stringify(body)).not.toContain("hunter2");
  }
});

test("no route answers without an identity, and unknown things are told to nobody", async () => {
  for (const what of [`GET ${base}/secrets`, `POST ${base}/bundle`, "GET /apps", "GET /audit", "GET /apps/nothing"]) {
    const { status, body } = await ask(server, what, { token: null });
    expect([status, body.code], what).toEqual([401, "not_signed_in"]);
  }
});
