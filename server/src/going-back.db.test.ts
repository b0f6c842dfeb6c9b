import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ask,
  deploymentEnd,
  makeHome,
  startServer,
  until,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";

let home: Home;
let server: TestServer;
beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  await ask(server, "POST /apps", { body: { name: "shop" } });
  await ask(server, "POST /connections", { body: { name: "here", cluster: { kind: "process" } } });
});
afterAll(async () => {
  await server.stop();
  await home.remove();
});

const makeEnvironment = async (name: string): Promise<string> => {
  await ask(server, "POST /apps/shop/environments", { body: { name, connection: "here", kind: "sandbox" } });
  return `/apps/shop/environments/${name}`;
};
const save = async (base: string, ifMatch: number, body: object): Promise<void> => {
  expect(await ask(server, `PATCH ${base}/secrets`, { ifMatch, body })).toMatchObject({ status: 200 });
};
const runs = async (base: string, id: string, revision: number): Promise<void> => {
  const body = { host: id, pid: 1, startedAt: 1, revision, keys: "all", state: "running", exitCode: null };
  expect((await ask(server, `PUT ${base}/instances/${id}`, { body })).status).toBeLessThan(300);
};
const request = async (base: string, body: object = {}): Promise<any> =>
  (await ask(server, `POST ${base}/deployments`, { body })).body.deployment;
const reached = async (base: string, number: number, aim: string): Promise<void> => {
  const path = `GET ${base}/deployments/${number}`;
  await until(
    async () => (await ask(server, path)).body.deployment,
    (one) => one.aim === aim && one.step === "prove",
  );
};
const cancel = async (base: string, number: number): Promise<void> => {
  await ask(server, `POST ${base}/deployments/${number}/cancel`, { body: {} });
};
const values = async (base: string): Promise<unknown> =>
  (await ask(server, `POST ${base}/bundle`, { body: {} })).body.values;

test("undo of a deployment that was cancelled does not bring back a value that is known to be dead", async () => {
  const base = await makeEnvironment("dead");
  await save(base, 0, { set: { PASSWORD: "dead", OTHER: "1" } });
  await request(base);
  expect((await deploymentEnd(server, base, 1)).deployment).toMatchObject({ state: "running" });
  await runs(base, "one", 1);
  await save(base, 1, { set: { PASSWORD: "alive", OTHER: "2" }, retiresOld: ["PASSWORD"] });
  await request(base);
  await reached(base, 2, "goal");
  await cancel(base, 2);
  expect((await deploymentEnd(server, base, 2)).deployment).toMatchObject({ state: "cancelled", live: "previous" });
  const { undo } = (await ask(server, `GET ${base}/deployments/2`)).body;
  expect(undo).toMatchObject({ goal: { revision: 1 }, kept: ["PASSWORD"] });
  await ask(server, `POST ${base}/deployments/2/undo`, { body: {} });
  expect((await deploymentEnd(server, base, 3)).deployment).toMatchObject({ state: "running" });
  expect(await values(base)).toEqual({ PASSWORD: "alive", OTHER: "1" });
});

test("a deployment that waited goes back to what ran before its turn came", async () => {
  const base = await makeEnvironment("queue");
  await save(base, 0, { set: { X: "1" } });
  await request(base);
  expect((await deploymentEnd(server, base, 1)).deployment).toMatchObject({ state: "running" });
  await runs(base, "one", 1);
  await save(base, 1, { set: { X: "2" } });
  await request(base);
  await reached(base, 2, "goal");
  await save(base, 2, { set: { X: "3" } });
  expect(await request(base, { queue: true })).toMatchObject({ number: 3, state: "queued" });
  await runs(base, "one", 2);
  expect((await deploymentEnd(server, base, 2)).deployment).toMatchObject({ state: "running" });
  await reached(base, 3, "goal");
  await cancel(base, 3);
  const { deployment } = await deploymentEnd(server, base, 3);
  expect(deployment).toMatchObject({ state: "cancelled", live: "previous", fallback: { revision: 2 } });
  expect(await values(base)).toEqual({ X: "2" });
});

test("a way back that was written and not proven stays what processes get", async () => {
  const base = await makeEnvironment("mixed");
  await save(base, 0, { set: { X: "good" } });
  await request(base);
  expect((await deploymentEnd(server, base, 1)).deployment).toMatchObject({ state: "running" });
  await runs(base, "one", 1);
  await save(base, 1, { set: { X: "bad" } });
  await request(base);
  await reached(base, 2, "goal");
  await runs(base, "two", 2);
  await cancel(base, 2);
  await reached(base, 2, "fallback");
  expect(await values(base)).toEqual({ X: "good" });
  // One process goes on, and never restarts.
  const beat = setInterval(() => void runs(base, "two", 2), 2000);
  const { deployment } = await deploymentEnd(server, base, 2).finally(() => clearInterval(beat));
  expect(deployment).toMatchObject({
    live: "mixed",
    outcome: expect.stringContaining("The way back failed too (prove)"),
  });
  expect(await values(base)).toEqual({ X: "good" });
  expect((await ask(server, `GET ${base}/status`)).body).toMatchObject({ inCluster: 1 });
}, 120_000);
