import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { otherProgram, startParameterStore, type ParameterStore } from "../../e2e/harness/parameter-store.ts";
import { ask, askToTheEnd, makeHome, startServer, type Home, type TestServer } from "../../e2e/harness/server.ts";

const region = "eu-west-1";
const run = `import-${process.pid}`;
let emulator: ParameterStore;
let home: Home;
let server: TestServer;
let others: ReturnType<typeof otherProgram>;

beforeAll(async () => {
  emulator = await startParameterStore({ shortPages: true });
  others = otherProgram(emulator, region);
  home = await makeHome();
  server = await startServer({
    ...home,
    env: {
      ...emulator.env,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: process.env["KEYROLL_AWS_ENDPOINT"] ?? "",
    },
  });
}, 60_000);
afterAll(async () => {
  await server?.stop();
  await home?.remove();
  emulator?.stop();
});
beforeEach(async () => {
  await emulator.reset();
});

const stores = {
  ssm: { kind: "aws-ssm", settings: { region, prefix: `${run}/kr` } },
  other: { kind: "aws-ssm", settings: { region, prefix: `${run}/elsewhere` } },
  sm: { kind: "aws-secrets-manager", settings: { region, prefix: run } },
  local: { kind: "local", settings: {} },
} as const;

/** An app of that name with an environment `dev`. */
const environment = async (app: string, store: keyof typeof stores = "ssm"): Promise<string> => {
  await ask(server, "POST /connections", {
    body: { name: `on-${store}`, cluster: { kind: "process" }, store: stores[store] },
  });
  await ask(server, "POST /apps", { body: { name: app } });
  const body = { name: "dev", connection: `on-${store}`, kind: "sandbox" };
  const made = await ask(server, `POST /apps/${app}/environments`, { body });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return `/apps/${app}/environments/dev`;
};
const take = async (base: string, from: object, more: object = {}, ifMatch?: number) =>
  await askToTheEnd(server, `POST ${base}/secrets/import`, {
    body: { from, ...more },
    ...(ifMatch === undefined ? {} : { ifMatch }),
  });
const values = async (base: string) =>
  (await askToTheEnd(server, `POST ${base}/bundle`, { body: { of: "saved" } })).body;
const audit = async (action: string): Promise<any[]> =>
  (await ask(server, `GET /audit?action=${action}&limit=100`)).body.items;

test("the plan names what is new, changed and the same, and what is not taken; then all is one revision", async () => {
  const base = await environment("plan");
  const path = `/${run}/old/plan`;
  const nasty = `${"ä".repeat(20)}\n "quoted" \\ $HOME \u200B\ttail \n`;
  await others.put(`${path}/DATABASE_URL`, "postgres://old-secret");
  await others.put(`${path}/LOG_LEVEL`, "info", "String");
  await others.put(`${path}/HOSTS`, "a,b,c", "StringList");
  await others.put(`${path}/NASTY`, nasty);
  await others.put(`${path}/db-url`, "x");
  await others.put(`${path}/deep/KEY`, "deep-secret");
  await others.put(`${path}/deep/er/KEY`, "deep-secret");
  await askToTheEnd(server, `PATCH ${base}/secrets`, {
    ifMatch: 0,
    body: { set: { LOG_LEVEL: "info", NASTY: "x", MINE: "y" } },
  });
  const plan = await take(base, { ssmPath: `${path}/` });
  expect(plan.body.entries.map((entry: any) => [entry.key, entry.status])).toEqual([
    ["DATABASE_URL", "new"],
    ["HOSTS", "new"],
    ["LOG_LEVEL", "same"],
    ["NASTY", "changed"],
    ["db-url", "new"],
  ]);
  expect(plan.body.entries[1].notices).toMatchObject([{ id: "string-list" }]);
  expect(plan.body.entries[4].notices).toMatchObject([{ id: "shell-name", message: /DB_URL/u }]);
  expect(plan.body).toMatchObject({ errors: [], removed: [], saved: null });
  expect(plan.body.notices).toEqual([
    { id: "nested", message: `2 parameters deeper below ${path} are not taken: import ${path}/deep on its own` },
  ]);
  expect(JSON.stringify(plan.body)).not.toMatch(/secret|quoted/u);
  const done = await take(base, { ssmPath: path, shellNames: true }, { apply: true, replace: true }, 1);
  expect(done.body).toMatchObject({ removed: ["MINE"], saved: { revision: 2, verified: true } });
  expect(JSON.stringify(done.body)).not.toMatch(/old-secret|quoted/u);
  expect(await values(base)).toEqual({
    revision: 2,
    values: { DATABASE_URL: "postgres://old-secret", LOG_LEVEL: "info", HOSTS: "a,b,c", NASTY: nasty, DB_URL: "x" },
  });
  expect(await others.get(`${path}/DATABASE_URL`)).toBe("postgres://old-secret");
  const { items } = (await ask(server, `GET ${base}/revisions`)).body;
  expect(items[0]).toMatchObject({ revision: 2, message: `Import of ${path}` });
  expect((await audit("secrets.import")).map(({ details }) => details)).toEqual([
    { path, region, apply: true },
    { path, region, apply: false },
  ]);
  expect(server.output()).not.toMatch(/old-secret|quoted/u);
});

test("a hundred parameters in short pages, of another Region, for a store in Secrets Manager too", async () => {
  const far = "us-east-1";
  const away = otherProgram(emulator, far);
  const path = `/${run}/hundred`;
  const expected = Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [`KEY_${i}`, `value ${i} ${"v".repeat(i * 10)}`]),
  );
  await Promise.all(Object.entries(expected).map(([key, value]) => away.put(`${path}/${key}`, value)));
  for (const store of ["ssm", "sm"] as const) {
    const base = await environment(`hundred-${store}`, store);
    expect((await take(base, { ssmPath: path })).body).toMatchObject({ code: "not_found", field: "from.ssmPath" });
    const plan = await take(base, { ssmPath: path, region: far });
    expect(plan.body.entries).toHaveLength(100);
  }
  // One document, so it is no half a minute.
  const base = "/apps/hundred-sm/environments/dev";
  const done = await take(base, { ssmPath: path, region: far }, { apply: true }, 0);
  expect(done.body.saved, JSON.stringify(done.body)).toMatchObject({ revision: 1, verified: true });
  expect((await values(base)).values).toEqual(expected);
}, 120_000);

test("where Keyroll keeps values of an environment, and where its records lie, nobody takes in", async () => {
  const victim = await environment("victim", "other");
  await askToTheEnd(server, `PATCH ${victim}/secrets`, { ifMatch: 0, body: { set: { PASSWORD: "victim-secret" } } });
  const base = await environment("thief");
  const held = `/${run}/elsewhere/victim/dev`;
  const reads = async (): Promise<number> =>
    (await emulator.log()).calls.filter(
      ({ name, action }) => action === "GetParameters" && name.includes(`${held}/PASSWORD`),
    ).length;
  const ofTheSave = await reads();
  for (const path of [held, `${held}/`, `${held}/deeper`]) {
    const refused = await take(base, { ssmPath: path });
    expect(refused.body).toMatchObject({ code: "in_use", field: "from.ssmPath", detail: /victim\/dev/u });
  }
  const own = await take(base, { ssmPath: `/${run}/kr/thief/dev` });
  expect(own.body).toMatchObject({ code: "in_use", next: /saved here already/u });
  for (const path of [`/${run}/elsewhere.rev/victim/dev`, `/${run}/elsewhere.rev`, "/x.rev/y"])
    expect((await take(base, { ssmPath: path })).body).toMatchObject({ code: "invalid", detail: /records/u });
  for (const path of ["", "/", "no/slash", "/a//b", "/a/../b c", "/aws/service/x", "/SSM/x", `/${"x/".repeat(20)}y`])
    expect((await take(base, { ssmPath: path })).body, path).toMatchObject({ code: "invalid", field: "from.ssmPath" });
  expect((await take(base, { ssmPath: "/a", region: "mars" })).body).toMatchObject({ field: "from.region" });
  // The path above holds no values of anybody; a neighbour whose name only begins the same is another path.
  const above = await take(base, { ssmPath: `/${run}/elsewhere/victim` });
  expect(above.body).toMatchObject({ code: "not_found", next: /victim\/dev/u });
  await others.put(`${held}-old/KEY`, "mine");
  expect((await take(base, { ssmPath: `${held}-old` })).body.entries).toMatchObject([{ key: "KEY", status: "new" }]);
  expect(await reads()).toBe(ofTheSave);
});

test("what cannot be: both sources or none, another store, names that collide or are no keys, a denied read", async () => {
  const base = await environment("refused");
  const path = `/${run}/refused`;
  for (const body of [{}, { text: "A=1", from: { ssmPath: path } }])
    expect((await askToTheEnd(server, `POST ${base}/secrets/import`, { body })).body).toMatchObject({
      code: "invalid",
      field: "text",
    });
  const local = await environment("embedded", "local");
  expect((await take(local, { ssmPath: path })).body).toMatchObject({ code: "invalid", field: "from" });
  await others.put(`${path}/a-b`, "1");
  await others.put(`${path}/a.b`, "2");
  await others.put(`${path}/..c`, "3");
  const plain = await take(base, { ssmPath: path });
  expect(plain.body.errors).toMatchObject([{ id: "key-dots", message: /`___C`/u }]);
  const mapped = await take(base, { ssmPath: path, shellNames: true }, { apply: true }, 0);
  expect(mapped.body).toMatchObject({ code: "invalid", field: "from", detail: /`a-b` and `a\.b`.*`A_B`/u });
  expect((await values(base)).revision ?? 0).toBe(0);
  await emulator.config({ deny: [{ action: "GetParameters", prefix: path }] });
  const denied = await take(base, { ssmPath: path });
  await emulator.config({ deny: [] });
  expect(denied.body).toMatchObject({ code: "provider_denied" });
  const many = `/${run}/many`;
  await Promise.all(Array.from({ length: 301 }, async (_, i) => await others.put(`${many}/K${i}`, "x")));
  expect((await take(base, { ssmPath: many })).body).toMatchObject({ code: "limit_exceeded", limit: 300 });
}, 180_000);

test("a save in between: the import is merged or refused by key, never lost", async () => {
  const base = await environment("between");
  const path = `/${run}/between`;
  await others.put(`${path}/A`, "from the path");
  await askToTheEnd(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set: { A: "one", B: "one" } } });
  await askToTheEnd(server, `PATCH ${base}/secrets`, { ifMatch: 1, body: { set: { B: "two" } } });
  const merged = await take(base, { ssmPath: path }, { apply: true }, 1);
  expect(merged.body.saved).toMatchObject({ revision: 3, mergedWith: 2 });
  const refused = await take(base, { ssmPath: path }, { apply: true }, 2);
  expect(refused.body).toMatchObject({ code: "revision_conflict", keys: ["A"] });
});
