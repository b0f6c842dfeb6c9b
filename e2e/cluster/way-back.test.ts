import { afterAll, beforeAll, expect, test } from "vitest";
import {
  chartFiles,
  deploymentOf,
  kubectl,
  kubectlWith,
  makePlace,
  makeSite,
  pastDoubt,
  podEnvironments,
  podNames,
  save,
  type Place,
  type Site,
} from "../harness/cluster.ts";
import { ask, deploy } from "../harness/server.ts";

let site: Site;
beforeAll(async () => {
  site = await makeSite();
});
afterAll(async () => {
  await site.stop();
});

const settings = { settleSeconds: 0, timeoutSeconds: 20 };
/** Never ready, and never at an end, with a bad value. */
const probe = { exec: { command: ["sh", "-c", 'test "$GREETING" != bad'] }, periodSeconds: 1 };

const goesBack = async (place: Place, body: object = {}): Promise<void> => {
  const { server } = site;
  const before = await podNames(place.namespace);
  // Of a pod that started as the Secret was written it cannot be told what it read: that one would be restarted.
  await pastDoubt();
  await save(server, place.base, { set: { GREETING: "bad" } });
  const { deployment } = await deploy(server, place.base, body);
  expect(deployment).toMatchObject({ state: "failed", live: "previous" });
  expect(deployment.outcome).toContain("The previous state is back and proven.");
  expect((await podEnvironments(place.namespace)).map((env) => env.get("GREETING"))).toEqual(before.map(() => "good"));
  // What had served all the time goes on: the way back needed no restart of it.
  expect(await podNames(place.namespace)).toEqual(before);
};

test("type restart: pods that never get ready with the new values are taken away again", async () => {
  const { server } = site;
  const place = await makePlace(site, { type: "restart", settings });
  await save(server, place.base, { set: { GREETING: "good" } });
  expect((await deploy(server, place.base)).deployment).toMatchObject({ state: "running" });
  const web: any = deploymentOf(place.namespace);
  web.spec.template.spec.containers[0].readinessProbe = probe;
  await kubectlWith(web, "create");
  await kubectl("rollout", "status", "deployment/web", "-n", place.namespace, "--timeout=60s");
  // From here on it has our annotation.
  expect((await deploy(server, place.base)).deployment).toMatchObject({ state: "running" });
  await goesBack(place);
  // Where nothing restarts unasked, what was restarted by request goes back as well.
  await ask(server, `PATCH ${place.base}`, { body: { settings: { restart: "off" } } });
  await goesBack(place, { restart: "all" });
  await place.remove();
});

test("so are those of a chart without a trigger of its own", async () => {
  const { server } = site;
  const chart = chartFiles({
    "templates/deployment.yaml": (text) =>
      text.replace(/readinessProbe:.*/u, `readinessProbe: ${JSON.stringify(probe)}`),
  });
  const values = { keys: ["GREETING"], replicas: 2, rollme: false };
  const place = await makePlace(site, { chart, settings, values });
  await save(server, place.base, { set: { GREETING: "good" } });
  expect((await deploy(server, place.base)).deployment).toMatchObject({ state: "running" });
  await goesBack(place);
  await place.remove();
});
