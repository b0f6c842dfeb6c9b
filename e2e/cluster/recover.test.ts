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

/** The sample chart with a hook that takes as many seconds as its values say. */
const slowBefore = (hook: "pre-install" | "pre-upgrade") =>
  chartFiles({
    "templates/slow.yaml": () => `apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-slow
  annotations: {helm.sh/hook: ${hook}, helm.sh/hook-delete-policy: before-hook-creation}
spec:
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 1
      containers:
        - {name: slow, image: keyroll.test/box:1, imagePullPolicy: Never, command: [sleep, {{ .Values.seconds | quote }}]}
`,
  });

/** The state of each revision that Helm keeps, by its number. */
const releaseStates = async (namespace: string): Promise<Record<string, string>> => {
  const found = JSON.parse(await kubectl("get", "secret", "-n", namespace, "-l", "owner=helm", "-o", "json"));
  return Object.fromEntries(found.items.map(({ metadata: { labels } }: any) => [labels.version, labels.status]));
};

test("a Helm that outlives its server is ended before its release is repaired", async () => {
  const values = { keys: ["GREETING"], replicas: 1, seconds: 8 };
  const place = await makePlace({ server }, { chart: slowBefore("pre-upgrade"), values });
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
  expect(Object.values(await releaseStates(place.namespace))).not.toContainEqual(expect.stringMatching(/^pending/u));
  await place.remove();
}, 240_000);

test("a first install that is cut off, by the end of Helm or by that of the server, is taken back and made again", async () => {
  const settings = { settleSeconds: 0 };
  const values = { keys: ["GREETING"], replicas: 1, seconds: 600 };
  const place = await makePlace({ server }, { chart: slowBefore("pre-install"), settings, values });
  /** Waits until Helm is in the hook, and not in the one of before. */
  const installing = async (before = ""): Promise<string> => {
    const uid = await until(
      async () => await kubectl("get", "jobs", "-n", place.namespace, "-o", "jsonpath={.items[*].metadata.uid}"),
      (found) => found !== before && found !== "",
      60,
    );
    expect(await releaseStates(place.namespace)).toEqual({ 1: "pending-install" });
    return uid;
  };
  await save(server, place.base, { set: { GREETING: "one" } });
  await ask(server, `POST ${place.base}/deployments`, { body: {} });
  const hook = await installing();
  for (const line of processesWith(place.namespace).filter((one) => one.includes("upgrade")))
    if (!line.includes("supervisor")) process.kill(Number(line.split(" ")[0]), "SIGKILL");
  const killed = await deploymentEnd(server, place.base, 1);
  expect(killed.deployment).toMatchObject({ state: "failed", live: "goal" });
  expect(killed.deployment.outcome).toContain("there is nothing to go back to");
  expect(await releaseStates(place.namespace)).toEqual({ 1: "pending-install" });

  const body = { values: "seconds: 8\n", valuesVersion: 1 };
  await ask(server, `POST ${place.base}/deployments`, { body });
  await installing(hook);
  await server.kill();
  server = await restart(site);
  const { deployment, journal } = await deploymentEnd(server, place.base, 2, 150);
  expect(deployment, deployment.outcome).toMatchObject({ state: "running", goal: { revision: 1, values: 2 } });
  expect(
    journal.filter(({ event }: any) => event.type === "log").map(({ event }: any) => event.message),
  ).toContainEqual(expect.stringMatching(/^Took back the first install of .*, which was cut off\.$/u));
  expect(await greetings(place.namespace)).toEqual(["one"]);
  expect(Object.values(await releaseStates(place.namespace))).not.toContainEqual(expect.stringMatching(/^pending/u));
  await place.remove();
}, 240_000);
