import { afterAll, beforeAll, expect, test } from "vitest";
import {
  kubectl,
  makePlace,
  makeSite,
  mirrorData,
  pastDoubt,
  podEnvironments,
  restart,
  save,
  stepBegun,
  type Site,
} from "../harness/cluster.ts";
import { isLongRun } from "../harness/evidence.ts";
import { ask, askToTheEnd, deploy, deploymentEnd, startServer, until, type TestServer } from "../harness/server.ts";

let site: Site;
let server: TestServer;

beforeAll(async () => {
  // The other tests of the cluster run on SQLite.
  process.env["KEYROLL_TEST_DATABASE_URL"] = process.env["KEYROLL_CLUSTER_DATABASE_URL"] ?? "";
  site = await makeSite();
  server = site.server;
});
afterAll(async () => {
  await server.stop();
  await site.home.remove();
});

const greetings = async (namespace: string): Promise<(string | undefined)[]> =>
  (await podEnvironments(namespace)).map((env) => env.get("GREETING"));

test("on PostgreSQL: deploy with Helm, killed at steps and started again, and taken over by another server", async () => {
  expect(site.home.databaseUrl).toMatch(/^postgres:/u);
  const place = await makePlace({ server }, { values: { keys: ["GREETING"], replicas: 1 } });
  await save(server, place.base, { set: { GREETING: "first" } });
  expect((await deploy(server, place.base)).deployment).toMatchObject({ state: "running", goal: { revision: 1 } });
  // Each waits for the end of the lease that the dead server had.
  const kills = isLongRun ? ["write", "roll", "prove"] : ["roll"];
  for (const [index, step] of kills.entries()) {
    const number = index + 2;
    await save(server, place.base, { set: { GREETING: `killed at ${step}` } });
    await ask(server, `POST ${place.base}/deployments`, { body: {} });
    await stepBegun(server, place.base, number, step);
    await server.kill();
    server = await restart(site);
    const { deployment } = await deploymentEnd(server, place.base, number);
    expect(deployment, `${step}: ${deployment.outcome}`).toMatchObject({
      state: "running",
      goal: { revision: number },
    });
    expect(await greetings(place.namespace), step).toEqual([`killed at ${step}`]);
  }
  const other = await startServer({ ...site.home, env: { KEYROLL_HELM: process.env["KEYROLL_HELM"] ?? "helm" } });
  try {
    await save(server, place.base, { set: { GREETING: "taken over" } });
    await ask(server, `POST ${place.base}/deployments`, { body: {} });
    const number = kills.length + 2;
    await stepBegun(server, place.base, number, "settle");
    // Whichever of the two has it: one dies, and the one that is left ends it.
    await server.kill();
    const { deployment } = await deploymentEnd(other, place.base, number);
    expect(deployment, deployment.outcome).toMatchObject({ state: "running", goal: { revision: number } });
    expect(await greetings(place.namespace)).toEqual(["taken over"]);
    expect((await ask(other, `GET ${place.base}/status`)).body).toMatchObject({ state: "running", running: number });
  } finally {
    server = other;
    await place.remove();
  }
}, 300_000);

test("on PostgreSQL: what others change in the Secret is found from afar, told, and put back", async () => {
  const settings = { settleSeconds: 0 };
  const place = await makePlace({ server }, { values: { keys: ["GREETING"], replicas: 1 }, settings });
  await save(server, place.base, { set: { GREETING: "ours" } });
  expect((await deploy(server, place.base)).deployment).toMatchObject({ state: "running" });
  const [, , app = "", , env = ""] = place.base.split("/");
  const seen = async (isIt: (one: any) => boolean): Promise<any> =>
    await until(
      async () =>
        (await ask(server, "GET /status?limit=200")).body.items.find((one: any) => one.app === app && one.env === env),
      isIt,
      // Whoever was killed may hold the look at the cluster for a minute.
      120,
    );
  await seen(({ observedAt, state }) => observedAt !== null && state === "running");
  await pastDoubt();
  const ours = await mirrorData(place.namespace);
  await kubectl(
    "patch",
    "secret",
    "app-secrets",
    "-n",
    place.namespace,
    "-p",
    '{"stringData":{"GREETING":"theirs","MORE":"x"}}',
  );
  expect(await seen(({ drift }) => drift)).toMatchObject({ urgency: 3, inCluster: 1 });
  const { drift } = (await ask(server, `GET ${place.base}/drift`)).body;
  expect(drift.map(({ place: where, key, kind }: any) => [where, key, kind])).toEqual([
    ["cluster", "GREETING", "changed"],
    ["cluster", "MORE", "added"],
  ]);
  const body = { action: "overwrite", place: "cluster", keys: [] };
  expect((await askToTheEnd(server, `POST ${place.base}/drift`, { ifMatch: 1, body })).status).toBe(200);
  expect(await mirrorData(place.namespace)).toEqual(ours);
  const back = await seen(({ drift: still, state }) => !still && state === "running");
  expect(back).toMatchObject({ running: 1, inCluster: 1 });
  await place.remove();
}, 300_000);
