import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  chartFiles,
  kubectl,
  makePlace,
  makeSite,
  podEnvironments,
  restart,
  save,
  stepBegun,
  type Site,
} from "../harness/cluster.ts";
import { isLongRun } from "../harness/evidence.ts";
import { ask, deploy, deploymentEnd, until, type TestServer } from "../harness/server.ts";

let site: Site;
let server: TestServer;

beforeAll(async () => {
  site = await makeSite();
  server = site.server;
});
afterAll(async () => {
  await server.stop();
  await site.home.remove();
});

const greetings = async (namespace: string): Promise<(string | undefined)[]> =>
  (await podEnvironments(namespace)).map((env) => env.get("GREETING"));

/** Processes whose command line has the text. */
const processesWith = (text: string): string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
        return words.includes(text) ? [`${pid} ${words}`] : [];
      } catch {
        return [];
      }
    });

/** All of them in a long run; else one of each sort: nothing changed yet, the write, the rollout, what comes after it. */
const killedAt = (step: string): boolean => isLongRun || ["render", "write", "roll", "prove"].includes(step);
const steps = ["observe", "render", "preflight", "write", "settle", "roll", "prove", "contract"];

test("killed at steps and started again, a deployment ends as if nothing had happened", async () => {
  const place = await makePlace({ server }, { values: { keys: ["GREETING"], replicas: 1 } });
  await save(server, place.base, { set: { GREETING: "0", SPARE: "x" } });
  expect((await deploy(server, place.base)).deployment.state).toBe("running");
  const kills = steps.filter(killedAt);
  for (const [index, step] of kills.entries()) {
    const value = `killed at ${step}`;
    await save(server, place.base, { set: { GREETING: value } });
    const number = index + 2;
    await ask(server, `POST ${place.base}/deployments`, { body: {} });
    await stepBegun(server, place.base, number, step);
    await server.kill();
    server = await restart(site);
    const { deployment, journal } = await deploymentEnd(server, place.base, number);
    expect(deployment, `${step}: ${deployment.outcome}`).toMatchObject({
      state: "running",
      goal: { revision: index + 2 },
    });
    expect(await greetings(place.namespace), step).toEqual([value]);
    const done = journal
      .filter((line: any) => line.event.type === "step" && line.event.state === "done")
      .map((line: any) => line.event.step);
    expect([...new Set(done)], step).toEqual(steps);
  }
  expect((await ask(server, `GET ${place.base}/status`)).body).toMatchObject({
    state: "running",
    running: kills.length + 1,
  });
  await place.remove();
}, 300_000);

test("a Helm that outlives its server is ended before its release is repaired", async () => {
  const hook = `apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-slow
  annotations: {helm.sh/hook: pre-upgrade, helm.sh/hook-delete-policy: before-hook-creation}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: slow, image: keyroll.test/box:1, imagePullPolicy: Never, command: [sleep, "8"]}]
`;
  const place = await makePlace(
    { server },
    { chart: chartFiles({ "templates/slow.yaml": () => hook }), values: { keys: ["GREETING"], replicas: 1 } },
  );
  await save(server, place.base, { set: { GREETING: "one" } });
  expect((await deploy(server, place.base)).deployment.state).toBe("running");
  await save(server, place.base, { set: { GREETING: "two" } });
  await ask(server, `POST ${place.base}/deployments`, { body: {} });
  await stepBegun(server, place.base, 2, "roll");
  const running = await until(
    async () => await Promise.resolve(processesWith(place.namespace).filter((line) => line.includes("upgrade"))),
    (found) => found.length > 0,
  );
  expect(running.join("\n")).not.toContain("two");
  await server.kill();
  server = await restart(site);
  const { deployment } = await deploymentEnd(server, place.base, 2, 150);
  expect(deployment, deployment.outcome).toMatchObject({ state: "running", goal: { revision: 2 } });
  expect(await greetings(place.namespace)).toEqual(["two"]);
  expect(processesWith(place.namespace).filter((line) => line.includes("upgrade"))).toEqual([]);
  const releases = JSON.parse(await kubectl("get", "secret", "-n", place.namespace, "-l", "owner=helm", "-o", "json"));
  expect(releases.items.map((one: any) => one.metadata.labels.status)).not.toContainEqual(
    expect.stringMatching(/^pending/u),
  );
  await place.remove();
}, 240_000);
