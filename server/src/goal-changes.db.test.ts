import { afterAll, beforeAll, expect, test } from "vitest";
import { alter } from "../../e2e/harness/person.ts";
import {
  ask,
  deploy,
  makeHome,
  makeProcessEnvironment,
  startServer,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";

let home: Home;
let server: TestServer;
let at = "";

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  at = await makeProcessEnvironment(server);
});

afterAll(async () => {
  await server.stop();
  await home.remove();
});

const save = async (base: number, body: unknown) => await ask(server, `PATCH ${at}/secrets`, { ifMatch: base, body });
const changesOf = async (number: number) => {
  const { changes } = (await ask(server, `GET ${at}/deployments/${number}`)).body;
  return { ...changes, keys: changes.keys.map(({ key, op, revision, by }: any) => [key, op, revision, by]) };
};

test("a deployment shows what it changes beside what ran before it, with authors, and no value", async () => {
  await save(0, { set: { STAYS: "CANARY-1", CHANGES: "CANARY-2", GOES: "CANARY-3" } });
  await deploy(server, at);
  await save(1, { set: { CHANGES: "CANARY-4", COMES: "CANARY-5", BRIEF: "CANARY-6" } });
  await save(2, { remove: ["GOES", "BRIEF"], set: { CHANGES: "CANARY-7" } });
  await deploy(server, at);
  expect(await changesOf(1)).toEqual({
    since: null,
    release: null,
    values: null,
    revision: { from: null, to: 1 },
    keys: ["CHANGES", "GOES", "STAYS"].map((key) => [key, "added", 1, "bootstrap"]),
  });
  expect(await changesOf(2)).toEqual({
    since: 1,
    release: null,
    values: null,
    revision: { from: 1, to: 3 },
    keys: [
      ["CHANGES", "changed", 3, "bootstrap"],
      ["COMES", "added", 2, "bootstrap"],
      ["GOES", "removed", 3, "bootstrap"],
    ],
  });
  expect(JSON.stringify((await ask(server, `GET ${at}/deployments/2`)).body)).not.toContain("CANARY");
});

test("an undo shows the way back; a value that is known to be dead stays, and is no change", async () => {
  await save(3, { set: { CHANGES: "CANARY-8" }, retiresOld: ["CHANGES"] });
  await deploy(server, at);
  const undone = await ask(server, `POST ${at}/deployments/2/undo`, { body: {} });
  expect(undone.status).toBe(201);
  const { number } = undone.body.deployment;
  expect(await changesOf(number)).toMatchObject({
    since: 3,
    revision: { from: 4, to: 1 },
    keys: [
      ["COMES", "removed", null, null],
      ["GOES", "added", 1, "bootstrap"],
    ],
  });
});

test("a removed key that still runs says who removed it, and when", async () => {
  await save(4, { remove: ["STAYS"] });
  await save(5, { set: { LATER: "x" } });
  const { secrets } = (await ask(server, `GET ${at}/secrets`)).body;
  const { items } = (await ask(server, `GET ${at}/revisions`)).body;
  const removal = items.find(({ revision }: any) => revision === 5);
  expect(secrets.find(({ key }: any) => key === "STAYS")).toMatchObject({
    state: "removed",
    revision: 5,
    changedAt: removal.at,
    changedBy: removal.author,
  });
});

test("another chart and other Helm values are named by their versions", async () => {
  const goal = { release: { id: "r", chart: "shop", version: "1.4.1" }, values: 2, revision: 1 };
  await server.stop();
  await alter(home, `update deployments set goal = '${JSON.stringify(goal)}' where number = 1`);
  const next = { ...goal, release: { ...goal.release, version: "1.4.2" }, values: 3 };
  await alter(home, `update deployments set goal = '${JSON.stringify(next)}' where number = 2`);
  server = await startServer(home);
  expect(await changesOf(2)).toEqual({
    since: 1,
    release: { from: "1.4.1", to: "1.4.2" },
    values: { from: 2, to: 3 },
    revision: null,
    keys: [],
  });
});
