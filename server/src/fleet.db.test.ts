import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ask,
  bootstrapToken,
  deploy,
  everyItem,
  makeHome,
  startServer,
  type Home,
  type TestServer,
} from "../../e2e/harness/server.ts";

let home: Home;
let server: TestServer;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  await ask(server, "POST /connections", { body: { name: "here", cluster: { kind: "process" } } });
});

afterAll(async () => {
  await server.stop();
  await home.remove();
});

const environment = async (app: string, name: string, kind = "sandbox"): Promise<string> => {
  await ask(server, "POST /apps", { body: { name: app } });
  await ask(server, `POST /apps/${app}/environments`, { body: { name, connection: "here", kind } });
  return `/apps/${app}/environments/${name}`;
};
const save = async (base: string, ifMatch: number, set: Readonly<Record<string, string>>): Promise<void> => {
  expect((await ask(server, `PATCH ${base}/secrets`, { ifMatch, body: { set } })).status).toBe(200);
};
const report = async (base: string, id: string, revision: number, keys: "all" | string[] = "all"): Promise<void> => {
  const body = { host: "box", pid: 1, startedAt: 1, revision, keys, state: "running" };
  expect((await ask(server, `PUT ${base}/instances/${id}`, { body })).status).toBe(200);
};
const fleet = async (query = ""): Promise<any[]> => await everyItem(server, `/status?limit=3${query}`);
const stateOf = async (app: string, env: string): Promise<any> =>
  (await fleet()).find((one) => one.app === app && one.env === env);

const metrics = async (token: string | null): Promise<{ status: number; text: string }> => {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(`${server.url}/metrics`, { headers });
  return { status: answer.status, text: await answer.text() };
};

test("every environment says what is saved, deployed and running, with what waits and what is wrong", async () => {
  await environment("fleet", "empty");
  const saved = await environment("fleet", "saved");
  const behind = await environment("fleet", "behind", "production");
  const live = await environment("fleet", "live");
  const refused = await environment("fleet", "refused");
  await save(saved, 0, { A: "1" });
  await save(behind, 0, { A: "1", B: "1" });
  await save(live, 0, { A: "1", B: "1" });
  await save(refused, 0, { A: "a\u0000b" });
  // It fails before it writes: nothing was deployed.
  expect((await deploy(server, refused)).deployment).toMatchObject({ state: "failed", live: "unchanged" });
  await report(live, "one", 0);
  await deploy(server, behind);
  await report(live, "one", 0, []);
  await deploy(server, live);
  await save(behind, 1, { A: "2" });
  await save(behind, 2, { B: "2" });

  const all = await fleet();
  expect(all.map(({ env, state, urgency }) => [env, state, urgency])).toEqual([
    ["empty", "never-saved", 1],
    ["saved", "not-deployed", 1],
    ["behind", "not-live", 2],
    ["live", "running", 0],
    ["refused", "not-deployed", 2],
  ]);
  // The change that waits longest is the first one after the deployed revision.
  const second = (await ask(server, `GET ${behind}/revisions`)).body.items.find((one: any) => one.revision === 2);
  expect(all[2]).toMatchObject({
    kind: "production",
    saved: 3,
    inCluster: 1,
    running: null,
    waiting: { revision: 2, at: second.at, by: second.author },
    deployment: { number: 1, state: "running" },
    drift: false,
    trouble: null,
  });
  // The sentences and figures are those of the environment's own page, which asks store and instances.
  for (const one of all) {
    const own = (await ask(server, `GET /apps/fleet/environments/${one.env}/status`)).body;
    const { saved: revision, inCluster, running, state, sentence } = own;
    expect(one).toMatchObject({ saved: revision, inCluster, running, state, sentence });
  }
});

test("an instance is stale only when its own keys changed, and a page of one state has no other", async () => {
  const base = "/apps/fleet/environments/behind";
  await report(base, "one", 1, ["A"]);
  await report(base, "two", 1, ["C"]);
  // Both read revision 1; since then A and B have changed, and C never was.
  const requested = await ask(server, `POST ${base}/deployments`, { body: {} });
  expect(requested.status).toBe(201);
  await expect
    .poll(async () => (await stateOf("fleet", "behind")).counts)
    .toMatchObject({
      current: 1,
      stale: 1,
    });
  expect(await stateOf("fleet", "behind")).toMatchObject({ state: "rolling", urgency: 1 });
  await report(base, "one", 3, ["A"]);
  // Whoever says nothing for half a minute does not count.
  await report(base, "two", 1, ["C"]);
  await expect.poll(async () => (await stateOf("fleet", "behind")).state, { timeout: 25_000 }).toBe("running");
  expect(await stateOf("fleet", "behind")).toMatchObject({ running: 3, waiting: null, counts: { current: 2 } });
  await report(base, "one", 1, ["A"]);
  expect((await fleet("&state=stale")).map(({ env }) => env)).toEqual(["behind"]);
  expect((await fleet("&state=unknown")).length).toBe(0);
  expect((await ask(server, "GET /status?state=bad")).body).toMatchObject({ code: "invalid", field: "query.state" });
  expect((await ask(server, "GET /status", { token: null })).status).toBe(401);
}, 60_000);

test("metrics: sums for everybody, names for those who may read deployments, and a wrong token gets neither", async () => {
  const open = await metrics(null);
  expect(open.status).toBe(200);
  expect(open.text).toContain("process_cpu_seconds_total");
  expect(open.text).toMatch(/^keyroll_environments\{state="stale"\} 1$/mu);
  expect(open.text).toMatch(/^keyroll_stale_instances 1$/mu);
  expect(open.text).toMatch(/^keyroll_deployments_total\{state="running"\} 3$/mu);
  expect(Number(/^keyroll_oldest_undeployed_change_seconds (\S+)$/mu.exec(open.text)?.[1])).toBeGreaterThan(0);
  expect(open.text).toMatch(/^keyroll_last_deployment_failed 1$/mu);
  expect(open.text).toMatch(/^keyroll_drift 0$/mu);
  expect(open.text).not.toMatch(/fleet|behind/u);
  const named = await metrics(bootstrapToken);
  expect(named.text).toMatch(/^keyroll_stale_instances\{app="fleet",environment="behind"\} 1$/mu);
  expect(named.text).toMatch(/^keyroll_oldest_undeployed_change_seconds\{app="fleet",environment="live"\} 0$/mu);
  const failed = [
    ...named.text.matchAll(/^keyroll_last_deployment_failed\{app="fleet",environment="(\w+)"\} (\d)$/gmu),
  ];
  expect(failed.map(([, name, value]) => [name, value]).toSorted()).toEqual([
    ["behind", "0"],
    ["empty", "0"],
    ["live", "0"],
    ["refused", "1"],
    ["saved", "0"],
  ]);
  expect((await metrics("krl_wrong")).status).toBe(401);
});
