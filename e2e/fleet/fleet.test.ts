import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeDoor } from "../harness/door.ts";
import { isLongRun, recordEvidence } from "../harness/evidence.ts";
import { kubectl, makeSite, pastDoubt, type Site } from "../harness/cluster.ts";
import { makeFleet, type TestFleet } from "../harness/fleet.ts";
import { startParameterStore, type ParameterStore } from "../harness/parameter-store.ts";
import { ask, askToTheEnd, deploy, everyItem, startServer, until, type TestServer } from "../harness/server.ts";
import { kubeconfigOf } from "../harness/testbed.ts";

const environments = isLongRun ? 200 : 12;
const workloads = isLongRun ? 5 : 2;

let store: ParameterStore;
let site: Site;
let server: TestServer;
let fleet: TestFleet;

beforeAll(async () => {
  // Values lie where each reading of them is counted.
  store = await startParameterStore({}, "memory");
  site = await makeSite(store.env);
  ({ server } = site);
  const kubeconfig = readFileSync(process.env["KUBECONFIG"] ?? "", "utf8");
  const body = {
    name: "kube-aws",
    cluster: { kind: "kubernetes", kubeconfig },
    store: { kind: "aws-ssm", settings: { region: "eu-west-1", prefix: `fleet-${process.pid}` } },
  };
  await ask(server, "POST /connections", { body });
  fleet = await makeFleet(site, { environments, workloads, connection: "kube-aws" });
}, 1_800_000);
afterAll(async () => {
  await fleet?.remove();
  // It is not the site's any more after the restart.
  await server?.stop();
  await site?.stop();
  store?.stop();
}, 300_000);

const all = async (): Promise<any[]> => await everyItem(server, "/status?limit=200");
const statesOf = async (): Promise<Record<string, number>> => {
  const states: Record<string, number> = {};
  for (const { state } of await all()) states[state] = (states[state] ?? 0) + 1;
  return states;
};
const fleetState = async (at: number): Promise<any> => (await all()).find(({ env }) => env === `env-${at}`);
const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, one) => sum + one, 0);
const storeReads = async (): Promise<number> => (await store.log()).calls.length;

test(
  "every workload of every environment is told right, as pods start, fall behind and scale, without a store read",
  async () => {
    await fleet.startPods();
    const began = Date.now();
    const reads = await storeReads();
    await until(
      async () => await all(),
      (found) => found.length === environments && found.every(({ counts }) => counts.current === workloads),
      isLongRun ? 600 : 90,
    );
    const settled = Date.now() - began;
    expect(await statesOf()).toEqual({ running: environments });

    // Somebody scales by hand, to a pod that cannot start, and back.
    const [first, second, third, fourth, fifth] = fleet.places;
    const scale = async (replicas: number): Promise<void> => {
      await kubectl("scale", "deployment/k0", `--replicas=${replicas}`, "-n", first?.namespace ?? "");
      await until(
        async () => await fleetState(0),
        ({ counts }) => total(counts) === workloads + replicas - 1,
        60,
      );
    };
    await scale(2);
    expect(await fleetState(0)).toMatchObject({ state: "stale", running: null, counts: { current: workloads } });
    await scale(1);
    expect(await fleetState(0)).toMatchObject({ state: "running", running: 1 });
    // Nobody has touched a Secret until now, so none was compared with its store.
    expect(await storeReads()).toBe(reads);
    // The Secret is changed past Keyroll, and in another place it is deleted.
    await kubectl("patch", "secret", "app-secrets", "-n", second?.namespace ?? "", "-p", '{"stringData":{"K0":"x"}}');
    await kubectl("delete", "secret", "app-secrets", "-n", third?.namespace ?? "");
    const drifted = await until(
      async () => await fleetState(1),
      ({ drift }) => drift,
      60,
    );
    expect(drifted).toMatchObject({ urgency: 3, inCluster: 1 });
    expect(
      await until(
        async () => await fleetState(2),
        ({ state }) => state === "unknown",
        60,
      ),
    ).toMatchObject({
      drift: true,
      inCluster: null,
      sentence: "The Secret in the cluster is missing or not Keyroll's.",
    });

    // A key is taken out, which Kubernetes keeps no account of. The pod started after the last look at all of them, but its
    // environment was looked at since, because a pod moved: what was there then, the pod has.
    const observedAfter = async (at: number, time: number): Promise<void> => {
      await until(
        async () => await fleetState(at),
        ({ observedAt }) => observedAt > time,
        // The longer the last look was, the later comes the next.
        isLongRun ? 330 : 120,
      );
    };
    await observedAfter(environments - 1, Date.now());
    await fleet.startPods(fleet.places.slice(4, 5));
    await pastDoubt();
    const before = Date.now();
    await kubectl("annotate", "pods", "--all", "touched=yes", "-n", fifth?.namespace ?? "");
    await observedAfter(4, before);
    const removal = '[{"op":"remove","path":"/data/K0"}]';
    await kubectl("patch", "secret", "app-secrets", "-n", fifth?.namespace ?? "", "--type=json", "-p", removal);
    // Drift is told a moment before what it means for the pods.
    const without = await until(
      async () => await fleetState(4),
      ({ drift, counts }) => drift && counts.current < workloads,
      60,
    );
    expect(without).toMatchObject({ inCluster: 1, urgency: 3, counts: { current: workloads - 1, drifted: 1 } });
    const own = (await ask(server, `GET ${fifth?.base}/status`)).body;
    expect(own.workloads.find(({ name }: { name: string }) => name === "k0").instances).toMatchObject([
      { verdict: "drifted", revision: 1, reason: "somebody else changed its keys in the Secret after it started" },
    ]);

    // A key of one workload is written, and nobody restarts it.
    await askToTheEnd(server, `PATCH ${fourth?.base}/secrets`, { ifMatch: 1, body: { set: { K0: "2" } } });
    expect(await fleetState(3)).toMatchObject({ state: "not-live", waiting: { revision: 2, by: "bootstrap" } });
    expect((await deploy(server, fourth?.base ?? "", { restart: "none" })).deployment.state).toBe("running");
    const behind = await until(
      async () => await fleetState(3),
      ({ state }) => state === "stale",
      60,
    );
    expect(behind).toMatchObject({ inCluster: 2, running: null, counts: { current: workloads - 1, stale: 1 } });

    // What the fleet says is what each environment's own page finds out anew, with its store.
    for (const at of isLongRun ? [0, 1, 2, 3, 50, 100, 199] : [0, 1, 2, 3, 11]) {
      const { saved, inCluster, running, state, sentence } = (await ask(server, `GET ${fleet.places[at]?.base}/status`))
        .body;
      expect(await fleetState(at), `env-${at}`).toMatchObject({ saved, inCluster, running, state, sentence });
    }
    recordEvidence("status of all environments at once, on the test cluster", {
      environments,
      workloads: environments * workloads,
      "seconds until all were told right": Math.round(settled / 1000),
      "store reads": 0,
    });
  },
  isLongRun ? 1_800_000 : 400_000,
);

test("after a restart the server knows what it had seen, and a look that finds nothing moved asks nothing more", async () => {
  const before = await all();
  await server.stop();
  server = await startServer({
    ...site.home,
    env: { ...store.env, KEYROLL_HELM: process.env["KEYROLL_HELM"] ?? "helm" },
  });
  const [one] = (await ask(server, "GET /status?limit=1")).body.items;
  expect({ ...one, observedAt: 0 }).toEqual({ ...before[0], observedAt: 0 });
  const seen = await until(
    async () => (await all()).map(({ observedAt }) => observedAt),
    (times) => times.every((at, n) => at > before[n].observedAt),
    60,
  );
  // One look for all of them.
  expect(new Set(seen).size).toBe(1);
});

test("the roles of the README are enough; a cluster that is lost, and a right that is taken, hide only their own", async () => {
  const namespace = `fleet-narrow-${process.pid}`;
  const door = await makeDoor();
  const narrow = await kubeconfigOf("narrow", namespace);
  try {
    const kubeconfig = door.through(narrow);
    const connection = { name: "narrow", cluster: { kind: "kubernetes", kubeconfig } };
    expect((await ask(server, "POST /connections", { body: connection })).status).toBe(201);
    // The API server learns of rights a moment after they were given.
    await until(
      async () => (await ask(server, "POST /connections/narrow/check", { body: { namespace } })).body,
      ({ ok }) => ok === true,
      20,
    );
    const { app = "" } = fleet.places[0] ?? {};
    const settings = { settleSeconds: 0 };
    const body = { name: "narrow", connection: "narrow", kind: "sandbox", type: "restart", namespace, settings };
    expect((await ask(server, `POST /apps/${app}/environments`, { body })).status).toBe(201);
    const base = `/apps/${app}/environments/narrow`;
    await ask(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set: { A: "1" } } });
    expect((await deploy(server, base)).deployment.state).toBe("running");
    const own = async (): Promise<any> => (await all()).find(({ env }) => env === "narrow");
    const others = async (): Promise<any[]> => (await all()).filter(({ connection: one }) => one === "kube-aws");
    // Its deployment has ended: it is seen at once.
    await until(own, ({ observedAt }) => observedAt !== null, 20);
    expect(await own()).toMatchObject({ state: "running", inCluster: 1, trouble: null });
    const seen = await until(own, ({ observedAt }) => observedAt > Date.now() - 10_000, 40);

    door.shut(true);
    const lost = await until(own, ({ trouble }) => trouble !== null, 60);
    expect(lost).toMatchObject({ state: "unknown", urgency: 3, inCluster: 1 });
    expect(lost.sentence).toBe(
      "What runs cannot be seen now; when it last could: Revision 1 is deployed; no instance uses it.",
    );
    expect(lost.trouble.message).toContain("cannot be reached");
    expect(lost.trouble.since).toBeGreaterThan(seen.observedAt);
    expect((await others()).filter(({ trouble }) => trouble !== null)).toEqual([]);

    door.shut(false);
    await kubectl("delete", "rolebinding", "--all", "-n", namespace);
    const refused = await until(own, ({ trouble }) => trouble?.message.includes("forbidden") === true, 60);
    expect(refused).toMatchObject({ state: "unknown", inCluster: 1 });
    expect((await others()).filter(({ trouble }) => trouble !== null)).toEqual([]);
  } finally {
    door.remove();
    await kubectl("delete", "namespace", namespace, "--wait=false");
  }
});
