import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  deploymentOf,
  kubectl,
  kubectlWith,
  makePlace,
  makeSite,
  podEnvironments,
  save,
  type Place,
  type Site,
} from "../harness/cluster.ts";
import { deploy, type TestServer } from "../harness/server.ts";

// Argo CD, Flux and pipelines put a workload back again and again; here the test is that somebody, and faster.

let site: Site;

beforeAll(async () => {
  site = await makeSite();
});
afterAll(async () => {
  await site.stop();
});

/** Does something again and again while something else lasts. */
const meanwhile = async <T>(again: () => Promise<unknown>, work: () => Promise<T>): Promise<T> => {
  const ended = new AbortController();
  const loop = (async () => {
    while (!ended.signal.aborted) {
      await again();
      await pause(200);
    }
  })();
  try {
    return await work();
  } finally {
    ended.abort();
    await loop;
  }
};

const markOf = async (namespace: string): Promise<string> =>
  await kubectl("get", "deployment", "web", "-n", namespace, "-o", "jsonpath={.spec.template.metadata.annotations}");

const begin = async (server: TestServer): Promise<Place> => {
  const place = await makePlace(site, { type: "restart", settings: { settleSeconds: 0 } });
  await save(server, place.base, { set: { GREETING: "one" } });
  expect((await deploy(server, place.base)).deployment).toMatchObject({ state: "running" });
  return place;
};

test("server-side apply and kubectl apply of the same workload leave our annotation, and with it the restart", async () => {
  const { server } = site;
  const place = await begin(server);
  const apply = ["apply", "--server-side", "--field-manager=gitops"];
  await kubectlWith(deploymentOf(place.namespace), ...apply);
  await kubectl("rollout", "status", "deployment/web", "-n", place.namespace, "--timeout=60s");
  await save(server, place.base, { set: { GREETING: "two" } });
  const served = await meanwhile(
    async () => await kubectlWith(deploymentOf(place.namespace), ...apply),
    async () => await deploy(server, place.base),
  );
  expect(served.deployment, served.deployment.outcome).toMatchObject({ state: "running" });
  await kubectlWith(deploymentOf(place.namespace), "apply", "--server-side", "--field-manager=gitops");
  expect(await markOf(place.namespace)).toContain("keyroll.dev/restart");
  await save(server, place.base, { set: { GREETING: "three" } });
  const applied = await meanwhile(
    async () => await kubectlWith(deploymentOf(place.namespace), "apply"),
    async () => await deploy(server, place.base),
  );
  expect(applied.deployment, applied.deployment.outcome).toMatchObject({ state: "running" });
  expect((await podEnvironments(place.namespace)).map((env) => env.get("GREETING"))).toEqual(["three"]);
  await place.remove();
});

test("whoever puts the old template back takes the restart away: the deployment says who, and the way back arrives", async () => {
  const { server } = site;
  const place = await begin(server);
  await kubectlWith(deploymentOf(place.namespace), "create", "--field-manager=gitops");
  await kubectl("rollout", "status", "deployment/web", "-n", place.namespace, "--timeout=60s");
  await save(server, place.base, { set: { GREETING: "two" } });
  const { deployment } = await meanwhile(
    async () =>
      await kubectlWith(deploymentOf(place.namespace), "replace", "--field-manager=gitops").catch(() => undefined),
    async () => await deploy(server, place.base),
  );
  expect(deployment).toMatchObject({ state: "failed", live: "previous" });
  expect(deployment.outcome).toMatch(/Deployment\/web: `gitops` has taken the annotation keyroll\.dev\/restart out/u);
  expect(deployment.outcome).toContain("The previous state is back and proven.");
  // The pods that the old template brought forth meanwhile run what the Secret holds again.
  expect([...new Set((await podEnvironments(place.namespace)).map((env) => env.get("GREETING")))]).toEqual(["one"]);
  await place.remove();
});
