import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startParameterStore, type ParameterStore } from "../../e2e/harness/parameter-store.ts";
import {
  ask,
  askToTheEnd,
  makeConnections,
  makeHome,
  startServer,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";

// A store that shows less than was saved: another account answers, or somebody deleted it.
const region = "eu-west-1";
const prefix = `lost-${process.pid}`;
let emulator: ParameterStore;
let elsewhere: ParameterStore;
let home: Home;
let server: TestServer;

const start = async ({ env }: ParameterStore): Promise<TestServer> => await startServer({ ...home, env });

const base = "/apps/shop/environments/dev";
const other = "/apps/shop/environments/other";

beforeAll(async () => {
  emulator = await startParameterStore();
  await emulator.reset();
  // Another account: the same names, nothing there.
  elsewhere = await startParameterStore({}, "memory");
  home = await makeHome();
  server = await start(emulator);
  const stores = { eu: { kind: "aws-ssm", settings: { region, prefix } }, here: { kind: "local", settings: {} } };
  await makeConnections(server, stores);
  await ask(server, "POST /apps", { body: { name: "shop" } });
  for (const [name, connection] of Object.entries({ dev: "eu", other: "here" })) {
    const made = await ask(server, "POST /apps/shop/environments", { body: { name, connection, kind: "sandbox" } });
    if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  }
}, 60_000);
afterAll(async () => {
  await server?.stop();
  await home?.remove();
  emulator?.stop();
  elsewhere?.stop();
});

test("in another Region nothing is there: the error names Region and prefix, and what to look at; going back loses nothing", async () => {
  const place = "/apps/shop/environments/region";
  const made = { name: "region", connection: "eu", kind: "sandbox" };
  expect((await ask(server, "POST /apps/shop/environments", { body: made })).status).toBe(201);
  const saved = await askToTheEnd(server, `PATCH ${place}/secrets`, { ifMatch: 0, body: { set: { A: "1" } } });
  expect(saved.body).toMatchObject({ revision: 1, verified: true });
  await server.stop();
  const toRegion = (from: string, to: string): void => {
    const db = new DatabaseSync(join(home.dataDir, "keyroll.db"));
    db.prepare("UPDATE connections SET store_settings = replace(store_settings, ?, ?)").run(from, to);
    db.close();
  };
  // As a restored database of another site has it: the product itself does not let the Region be changed.
  toRegion(region, "us-east-1");
  server = await start(emulator);
  const write = { ifMatch: 1, body: { set: { A: "2" } } };
  for (const [call, options] of [
    [`GET ${place}/secrets`, {}],
    [`PATCH ${place}/secrets`, write],
  ] as const)
    expect((await askToTheEnd(server, call, options)).body, call).toMatchObject({
      code: "integrity",
      detail: expect.stringContaining(`region \`us-east-1\`, prefix \`${prefix}\` shows nothing of it`),
      next: expect.stringContaining("keyroll connection check"),
    });
  await server.stop();
  toRegion("us-east-1", region);
  server = await start(emulator);
  expect((await ask(server, `GET ${place}/secrets`)).body).toMatchObject({ revision: 1, secrets: [{ key: "A" }] });
}, 120_000);

test("what was saved and is not shown is named with its place, and is never taken for never saved", async () => {
  const saved = await askToTheEnd(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set: { A: "1" } } });
  expect(saved.body).toMatchObject({ revision: 1, verified: true });
  await server.stop();
  server = await start(elsewhere);
  const lost = {
    code: "integrity",
    detail: `Revision 1 of shop / dev was saved, but AWS Systems Manager Parameter Store, region \`${region}\`, prefix \`${prefix}\` shows nothing of it.`,
    next: expect.stringContaining("credentials"),
    limit: 0,
    actual: 1,
  };
  const asked: Readonly<Record<string, Parameters<typeof ask>[2]>> = {
    [`GET ${base}/secrets`]: {},
    [`GET ${base}/status`]: {},
    [`PATCH ${base}/secrets`]: { ifMatch: 1, body: { set: { B: "2" } } },
    [`POST ${base}/secrets/plan`]: { body: { set: { B: "2" } } },
    [`POST ${base}/secrets/A/reveal`]: { body: {} },
    [`POST ${base}/bundle`]: { body: { of: "saved", purpose: "export" } },
    [`POST ${base}/store/move`]: { body: { connection: "here" } },
    [`POST ${other}/secrets/fill`]: { ifMatch: 0, body: { from: { app: "shop", env: "dev" }, keys: ["A"] } },
  };
  for (const [what, options] of Object.entries(asked)) {
    expect((await askToTheEnd(server, what, options)).body, what).toMatchObject(lost);
  }
  const { environment } = (await ask(server, `GET ${base}`)).body;
  expect(environment).toMatchObject({ connection: "eu", moving: false, savedRevision: 1 });
  await server.stop();
  server = await start(emulator);
  const next = await askToTheEnd(server, `PATCH ${base}/secrets`, { ifMatch: 1, body: { set: { B: "2" } } });
  expect(next.body).toMatchObject({ revision: 2, verified: true });
  expect((await ask(server, `GET ${base}/secrets`)).body.secrets).toMatchObject([{ key: "A" }, { key: "B" }]);
}, 120_000);
