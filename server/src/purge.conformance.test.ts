import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startParameterStore, type ParameterStore } from "../../e2e/harness/parameter-store.ts";
import {
  ask,
  askToTheEnd,
  deploy,
  makeConnections,
  makeHome,
  operationEnd,
  startServer,
  until,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";

const prefix = `purge-${process.pid}`;
let emulator: ParameterStore;
let home: Home;
let server: TestServer;

beforeAll(async () => {
  emulator = await startParameterStore({}, "memory");
  home = await makeHome();
  server = await startServer({ ...home, env: emulator.env });
  await ask(server, "POST /apps", { body: { name: "shop" } });
  await makeConnections(server, { cloud: { kind: "aws-ssm", settings: { region: "eu-west-1", prefix } } });
});
afterAll(async () => {
  await server.kill();
  await home.remove();
  emulator.stop();
});
beforeEach(async () => await emulator.reset());

const environment = async (name: string): Promise<string> => {
  const body = { name, connection: "cloud", kind: "sandbox" };
  expect((await ask(server, "POST /apps/shop/environments", { body })).status).toBe(201);
  return `/apps/shop/environments/${name}`;
};
const change = async (base: string, ifMatch: number, body: unknown) =>
  (await askToTheEnd(server, `PATCH ${base}/secrets`, { ifMatch, body })).body;
const readable = async (base: string): Promise<unknown> =>
  (await ask(server, `GET ${base}/revisions`)).body.items.map((one: any) => [one.revision, one.readable]);
const reveal = async (base: string, key: string) =>
  (await ask(server, `POST ${base}/secrets/${key}/reveal`, { body: {} })).body;

/** Calls of the action on the environment's key wait until the faults are replaced. */
const hold = async (action: string, env: string, key: string): Promise<() => Promise<unknown>> => {
  const name = `/${prefix}/shop/${env}/${key}`;
  await emulator.faults([{ action, name, do: "delay", ms: 120_000, times: 1_000_000 }]);
  return async () =>
    await until(
      async () => (await emulator.log()).calls,
      (calls) => calls.some((call) => call.action === action && call.name.includes(name)),
    );
};

test("what is being purged is not saved anew meanwhile, by whatever way; other keys are, and nothing of theirs goes", async () => {
  const base = await environment("race");
  await change(base, 0, { set: { K: "old", B: "1", D: "1" } });
  const reached = await hold("DeleteParameters", "race", "K");
  const begun = await ask(server, `PATCH ${base}/secrets`, { ifMatch: 1, body: { remove: ["K"], purge: true } });
  expect(begun.status).toBe(202);
  await reached();
  const busy = { code: "in_use", detail: "`K` is being purged right now.", keys: ["K"], changed: false };
  expect(await change(base, 2, { set: { K: "new" } })).toMatchObject(busy);
  expect(await change(base, 2, { rename: { B: "K" } })).toMatchObject(busy);
  const text = { ifMatch: 2, body: { text: "K=new\n", apply: true } };
  expect((await askToTheEnd(server, `POST ${base}/secrets/import`, text)).body).toMatchObject(busy);
  expect((await askToTheEnd(server, `POST ${base}/revisions/1/restore`, { ifMatch: 2, body: {} })).body).toMatchObject(
    busy,
  );
  expect(await change(base, 2, { remove: ["D"], purge: true })).toMatchObject({ code: "in_use", field: "purge" });
  expect(await change(base, 2, { set: { C: "1" } })).toMatchObject({ revision: 3, verified: true });
  await emulator.faults([]);
  const { result } = await operationEnd(server, base, begun.body.operation.id);
  expect(result).toMatchObject({ revision: 2, purged: ["K"], warnings: [] });
  expect(await change(base, 3, { set: { K: "new" } })).toMatchObject({ revision: 4, verified: true });
  expect(await reveal(base, "K")).toMatchObject({ value: "new" });
  expect(await readable(base)).toEqual([
    [4, true],
    [3, true],
    [2, true],
    [1, false],
  ]);
  expect((await deploy(server, base)).deployment).toMatchObject({ state: "running", goal: { revision: 4 } });
}, 120_000);

test("a purge that is over after a newer save does not deploy the older revision behind the newer one", async () => {
  const base = await environment("behind");
  await change(base, 0, { set: { K: "old", B: "1" } });
  await ask(server, `PATCH ${base}`, { body: { settings: { onSave: true } } });
  const reached = await hold("DeleteParameters", "behind", "K");
  const begun = await ask(server, `PATCH ${base}/secrets`, { ifMatch: 1, body: { remove: ["K"], purge: true } });
  await reached();
  const newer = await change(base, 2, { set: { B: "2" } });
  expect(newer).toMatchObject({ revision: 3, deployment: expect.any(String) });
  await emulator.faults([]);
  const { result } = await operationEnd(server, base, begun.body.operation.id);
  expect(result).toMatchObject({ revision: 2, deployment: newer.deployment });
  const { items } = (await ask(server, `GET ${base}/deployments`)).body;
  expect(items.map(({ goal }: any) => goal.revision)).toEqual([3]);
}, 60_000);

test("a purge does not begin while something is being saved", async () => {
  const base = await environment("busy");
  await change(base, 0, { set: { K: "1", B: "1" } });
  const reached = await hold("PutParameter", "busy", "B");
  const begun = await ask(server, `PATCH ${base}/secrets`, { ifMatch: 1, body: { set: { B: "2" } } });
  expect(begun.status).toBe(202);
  await reached();
  expect(await change(base, 1, { remove: ["K"], purge: true })).toMatchObject({
    code: "in_use",
    field: "purge",
    detail: "Something is being saved in `busy` right now.",
    changed: false,
  });
  await emulator.faults([]);
  await operationEnd(server, base, begun.body.operation.id);
  expect(await change(base, 2, { remove: ["K"], purge: true })).toMatchObject({ revision: 3, purged: ["K"] });
}, 120_000);

test("a purge whose server died holds its keys until it is recovered", async () => {
  const base = await environment("killed");
  await change(base, 0, { set: { K: "old", B: "1" } });
  const reached = await hold("DeleteParameters", "killed", "K");
  const purge = { ifMatch: 1, body: { remove: ["K"], purge: true } };
  const sent = ask(server, `PATCH ${base}/secrets`, purge).catch(() => null);
  await reached();
  await server.kill();
  await sent;
  server = await startServer({ ...home, env: emulator.env });
  expect(await change(base, 2, { set: { K: "new" } })).toMatchObject({ code: "in_use", keys: ["K"] });
  await emulator.faults([]);
  await until(
    async () => await readable(base),
    (found) => JSON.stringify(found) === "[[2,true],[1,false]]",
    60,
  );
  const again = async () => await change(base, 2, { set: { K: "new" } });
  expect(await until(again, ({ code }) => code !== "in_use")).toMatchObject({ revision: 3, verified: true });
  expect(await reveal(base, "K")).toMatchObject({ value: "new" });
}, 120_000);

test("a purge of keys that were removed before is done to its end when its server died", async () => {
  const base = await environment("removed");
  await change(base, 0, { set: { K: "old", L: "old", B: "1" } });
  await change(base, 1, { remove: ["K", "L"] });
  const reached = await hold("DeleteParameters", "removed", "K");
  const purge = { ifMatch: 2, body: { remove: ["K", "L"], purge: true } };
  const sent = ask(server, `PATCH ${base}/secrets`, purge).catch(() => null);
  await reached();
  await server.kill();
  await sent;
  await emulator.faults([]);
  server = await startServer({ ...home, env: emulator.env });
  await until(
    async () => await readable(base),
    (found) => JSON.stringify(found) === "[[2,true],[1,false]]",
    60,
  );
  const { items } = (await ask(server, "GET /audit?limit=100")).body;
  const told = items.filter(({ details }: any) => details.purged?.length === 2);
  expect(told.map(({ details }: any) => details)).toMatchObject([
    { revision: 2, recovered: true, purged: ["K", "L"], revisionsGone: [1] },
  ]);
  expect(await reveal(base, "K")).toMatchObject({ code: "not_found" });
  // It holds its keys no longer.
  expect(await change(base, 2, { set: { K: "new" } })).toMatchObject({ revision: 3, verified: true });
}, 120_000);
