import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  chartFiles,
  deploymentOf,
  helm,
  instancesOf,
  kubectl,
  kubectlWith,
  makePlace,
  makeSite,
  mirrorData,
  pastDoubt,
  podEnvironments,
  podNames,
  save,
  type Place,
  type Site,
} from "../harness/cluster.ts";
import { ask, deploy, deploymentEnd, until } from "../harness/server.ts";

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

/** Names of the namespace's Secrets as they are written, in the API server's own order; those that are there come first. */
const watchSecrets = (namespace: string) => {
  const columns = ["--no-headers", "-o", "custom-columns=NAME:.metadata.name"];
  const child = spawn("kubectl", ["get", "secrets", "-n", namespace, "--watch", ...columns], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (piece: Buffer) => (text += piece.toString("utf8")));
  return { names: () => text.split("\n").map((line) => line.trim()), stop: () => child.kill() };
};

test("so are those of a chart without a trigger of its own: the Secret first, then the release", async () => {
  const { server } = site;
  const chart = chartFiles({
    "templates/deployment.yaml": (text) =>
      text.replace(/readinessProbe:.*/u, `readinessProbe: ${JSON.stringify(probe)}`),
  });
  const values = { keys: ["GREETING"], replicas: 2, rollme: false };
  const place = await makePlace(site, { chart, settings, values });
  await save(server, place.base, { set: { GREETING: "good" } });
  expect((await deploy(server, place.base)).deployment).toMatchObject({ state: "running" });
  const release = JSON.parse(await helm("list", "-n", place.namespace, "-o", "json"))[0].name;
  const record = (revision: number): string => `sh.helm.release.v1.${release}.v${revision}`;
  const watch = watchSecrets(place.namespace);
  const seen = async (name: string, after = -1): Promise<number> =>
    await until(
      async () => await Promise.resolve(watch.names().indexOf(name, after + 1)),
      (place) => place >= 0,
    );
  try {
    const there = Math.max(await seen("app-secrets"), await seen(record(1)));
    await goesBack(place);
    const written = await seen("app-secrets", there);
    const upgraded = await seen(record(2), there);
    const writtenBack = await seen("app-secrets", written);
    const order = [written, upgraded, writtenBack, await seen(record(3), there)];
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  } finally {
    watch.stop();
  }

  // Helm's own way back takes the release alone: what had served all the time goes on, beside a Secret that is not its own.
  await ask(server, `PATCH ${place.base}`, { body: { settings: { onFailure: "hold" } } });
  const before = await podNames(place.namespace);
  await pastDoubt();
  await save(server, place.base, { set: { GREETING: "bad" } });
  expect((await deploy(server, place.base)).deployment).toMatchObject({ state: "failed", live: "goal" });
  await helm("rollback", release, "3", "-n", place.namespace);
  await until(
    async () => (await podNames(place.namespace)).toSorted(),
    (names) => names.join(" ") === before.toSorted().join(" "),
  );
  const greeting = async (): Promise<string> =>
    Buffer.from((await mirrorData(place.namespace))["GREETING"] ?? "", "base64").toString();
  expect(await greeting()).toBe("bad");
  const status = (await ask(server, `GET ${place.base}/status`)).body;
  expect(status).toMatchObject({ inCluster: 2, running: null, state: "stale" });
  const staying = (await instancesOf(server, place.base)).filter(({ verdict }) => verdict !== "draining");
  expect(staying).toMatchObject(before.map(() => ({ verdict: "stale", revision: 1 })));
  const undone = await ask(server, `POST ${place.base}/deployments/3/undo`, { body: {} });
  expect(undone.status, JSON.stringify(undone.body)).toBe(201);
  const { deployment } = await deploymentEnd(server, place.base, 4);
  expect(deployment, deployment.outcome).toMatchObject({ state: "running", goal: { revision: 1 } });
  expect(await greeting()).toBe("good");
  expect((await podEnvironments(place.namespace)).map((env) => env.get("GREETING"))).toEqual(["good", "good"]);
  await place.remove();
});
