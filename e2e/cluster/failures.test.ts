import { afterAll, beforeAll, expect, test } from "vitest";
import {
  chartFiles,
  helm,
  instancesOf,
  kubectl,
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

// One environment that holds after a failure, so that each failure is there to be looked at.

let site: Site;
let place: Place;

beforeAll(async () => {
  site = await makeSite();
  const late = "- {name: MODE, valueFrom: {configMapKeyRef: {name: late, key: MODE}}}";
  const chart = chartFiles({
    "templates/deployment.yaml": (text) =>
      text
        .replace("image: keyroll.test/box:1", "image: {{ .Values.image | quote }}")
        .replace(
          "            - {name: BOX_PRINT",
          `            {{- if .Values.late }}\n            ${late}\n            {{- end }}\n            - {name: BOX_PRINT`,
        ),
    "values.yaml": (text) => `${text}\nimage: keyroll.test/box:1\nlate: false\n`,
  });
  const settings = { settleSeconds: 0, onFailure: "hold", crashGraceSeconds: 90 };
  place = await makePlace(site, { chart, settings, values: { keys: ["GREETING"], replicas: 1 } });
  await save(site.server, place.base, { set: { GREETING: "one" } });
  const { deployment } = await deploy(site.server, place.base);
  if (deployment.state !== "running") throw new Error(deployment.outcome);
});
afterAll(async () => {
  await place.remove();
  await site.stop();
});

const asLeft = "It is left as it is: the environment is set to hold after a failure.";
const missing = { values: "keys: [GREETING, MISSING]\n", valuesVersion: 1, ignorePreflight: ["missing-key"] };
const impossible = { values: "image: keyroll.test/BOX:1\n", valuesVersion: 1 };

const greeting = async (): Promise<string> =>
  Buffer.from((await mirrorData(place.namespace))["GREETING"] ?? "", "base64").toString();
const helmRevision = async (): Promise<number> =>
  Number(JSON.parse(await helm("list", "-n", place.namespace, "-o", "json"))[0].revision);

/** How long after a pod's trouble was told the rollout was given up, in milliseconds. */
const lasted = (journal: readonly any[], reason: string): number => {
  const told = journal.find(({ event }) => event.type === "trouble" && event.reason === reason);
  const ended = journal.find(({ event }) => event.type === "step" && event.step === "roll" && event.state === "failed");
  return ended.at - told.at;
};

test("a key that is not there ends the deployment at once; held, Secret and release stay, and status tells what runs", async () => {
  const { server } = site;
  const [old = ""] = await podNames(place.namespace);
  await pastDoubt();
  await save(server, place.base, { set: { GREETING: "two" } });
  const { deployment, journal } = await deploy(server, place.base, missing);
  expect(deployment).toMatchObject({ state: "failed", live: "goal", goal: { revision: 2 } });
  expect(deployment.outcome).toMatch(/is CreateContainerConfigError\. .*MISSING.*app-secrets/u);
  expect(deployment.outcome).toContain(asLeft);
  expect(lasted(journal, "CreateContainerConfigError")).toBeLessThan(30_000);
  expect(journal.filter(({ event }: any) => event.aim === "fallback")).toEqual([]);

  expect([await greeting(), await helmRevision()]).toEqual(["two", 2]);
  expect(await podNames(place.namespace)).toHaveLength(2);
  const status = (await ask(server, `GET ${place.base}/status`)).body;
  expect(status).toMatchObject({ saved: 2, inCluster: 2, running: null, state: "stale" });
  expect(status.sentence).toBe("2 of 2 instances do not run revision 2, which is deployed.");
  const instances = await instancesOf(server, place.base);
  expect(instances.map(({ name, verdict, revision }) => [name === old, verdict, revision]).toSorted()).toEqual([
    [false, "blocked", null],
    [true, "stale", 1],
  ]);
});

test("so does an image's name that is none, and without failFast it goes on for as long as a rollout may", async () => {
  const { server } = site;
  const { deployment, journal } = await deploy(server, place.base, impossible);
  expect(deployment).toMatchObject({ state: "failed", live: "goal" });
  expect(deployment.outcome).toContain("is InvalidImageName.");
  expect(deployment.outcome).toContain(asLeft);
  expect(lasted(journal, "InvalidImageName")).toBeLessThan(30_000);

  await ask(server, `PATCH ${place.base}`, { body: { settings: { failFast: false, timeoutSeconds: 16 } } });
  const patient = await deploy(server, place.base, impossible);
  expect(patient.deployment).toMatchObject({ state: "failed", live: "goal" });
  expect(patient.deployment.outcome).toContain("Not rolled out in time");
  expect(lasted(patient.journal, "InvalidImageName")).toBeGreaterThan(2000);
  await ask(server, `PATCH ${place.base}`, { body: { settings: { failFast: true, timeoutSeconds: 120 } } });
});

test("what a pod lacks of somebody else's may still come: a ConfigMap's key is waited for", async () => {
  const { server } = site;
  await kubectl("create", "configmap", "late", "-n", place.namespace);
  const body = { values: "late: true\n", valuesVersion: 1 };
  const { number } = (await ask(server, `POST ${place.base}/deployments`, { body })).body.deployment;
  await until(
    async () => (await ask(server, `GET ${place.base}/deployments/${number}`)).body.journal,
    (journal) => journal.some(({ event }: any) => event.reason === "CreateContainerConfigError"),
    90,
  );
  await kubectl("patch", "configmap", "late", "-n", place.namespace, "-p", '{"data":{"MODE":"x"}}');
  const { deployment } = await deploymentEnd(server, place.base, number);
  expect(deployment, deployment.outcome).toMatchObject({ state: "running" });
});

test("undo brings back what ran before all of them: release, values and Secret", async () => {
  const { server } = site;
  const undone = await ask(server, `POST ${place.base}/deployments/2/undo`, { body: {} });
  expect(undone.status).toBe(201);
  const { deployment } = await deploymentEnd(server, place.base, undone.body.deployment.number);
  expect(deployment, deployment.outcome).toMatchObject({ state: "running", goal: { revision: 1, values: 1 } });
  expect(await greeting()).toBe("one");
  expect((await podEnvironments(place.namespace)).map((env) => env.get("GREETING"))).toEqual(["one"]);
  expect((await ask(server, `GET ${place.base}/status`)).body).toMatchObject({ inCluster: 1, running: 1 });
});
