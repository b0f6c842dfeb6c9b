import { afterAll, beforeAll, expect, test } from "vitest";
import {
  chartFiles,
  instancesOf,
  envValues,
  kubectl,
  makePlace,
  makeSite,
  mirrorData,
  pastDoubt,
  podEnvironments,
  podNames,
  sampleDeployment,
  save,
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

/** A second workload of the sample chart, which reads keys of its own. */
const withSecond = () =>
  chartFiles({
    "templates/two.yaml": () =>
      sampleDeployment()
        .replaceAll("{{ .Release.Name }}", "{{ .Release.Name }}-two")
        .replace("range .Values.keys }}\n            - name", "range .Values.twoKeys }}\n            - name"),
    "values.yaml": (text) => `${text}\ntwoKeys: [COLOUR]\n`,
  });

test("Helm 3: deploy, change; where the chart has no annotation, what reads the key restarts and nothing else; a variable that is set twice is no error", async () => {
  const three = await makeSite({ KEYROLL_HELM: process.env["KEYROLL_HELM3"] ?? "" });
  try {
    for (const rollme of [true, false]) {
      const values = { keys: ["GREETING", "GREETING"], replicas: 1, rollme };
      const place = await makePlace(three, { chart: withSecond(), values });
      const { findings } = (await ask(three.server, `POST ${place.base}/preflight`, { body: {} })).body;
      expect(findings.find(({ rule }: any) => rule === "env-duplicate")).toMatchObject({ severity: "warning" });
      await save(three.server, place.base, { set: { GREETING: "one", COLOUR: "red" } });
      expect((await deploy(three.server, place.base)).deployment).toMatchObject({ state: "running" });
      const before = await podNames(place.namespace);
      await save(three.server, place.base, { set: { GREETING: "two" } });
      const { deployment } = await deploy(three.server, place.base);
      expect(deployment, deployment.outcome).toMatchObject({ state: "running", helmRevision: 2 });
      const kept = (await podNames(place.namespace)).filter((name) => before.includes(name));
      expect(kept.map((name) => name.includes("-two-"))).toEqual(rollme ? [] : [true]);
      expect((await envValues(place.namespace, "GREETING")).filter(Boolean)).toEqual(["two"]);
      expect((await ask(three.server, `GET ${place.base}/status`)).body).toMatchObject({
        running: 2,
        state: "running",
      });
      await place.remove();
    }
  } finally {
    await three.stop();
  }
});

test("undo takes release, values and secrets back together; a retired password stays new", async () => {
  const { server } = site;
  const place = await makePlace(site, { values: { keys: ["GREETING", "PASSWORD"], replicas: 1 } });
  await save(server, place.base, { set: { GREETING: "one", PASSWORD: "old" } });
  expect((await deploy(server, place.base)).deployment.state).toBe("running");
  await save(server, place.base, { set: { GREETING: "two", PASSWORD: "new" }, retiresOld: ["PASSWORD"] });
  const second = await deploy(server, place.base, { values: "replicas: 2\n" });
  expect(second.deployment).toMatchObject({ state: "running", goal: { revision: 2, values: 2 } });
  expect(await podNames(place.namespace)).toHaveLength(2);
  const undone = await ask(server, `POST ${place.base}/deployments/2/undo`, { body: {} });
  expect(undone.status).toBe(201);
  const { deployment } = await deploymentEnd(server, place.base, 3);
  expect(deployment, deployment.outcome).toMatchObject({ state: "running", goal: { revision: 1, values: 1 } });
  await until(
    async () => await podNames(place.namespace),
    (names) => names.length === 1,
  );
  const [env] = await podEnvironments(place.namespace);
  expect([env?.get("GREETING"), env?.get("PASSWORD")]).toEqual(["one", "new"]);
  await place.remove();
});

test("Helm values that nobody deployed yet stay out of a deployment, unless they are asked for", async () => {
  const { server } = site;
  const place = await makePlace(site, { values: { keys: ["GREETING"], replicas: 1 } });
  await save(server, place.base, { set: { GREETING: "one" } });
  expect((await deploy(server, place.base)).deployment).toMatchObject({ state: "running", goal: { values: 1 } });
  const edited = JSON.stringify({ keys: ["GREETING", "NOT_YET"], replicas: 1 });
  await ask(server, `PUT ${place.base}/values`, { ifMatch: 1, body: { text: edited } });
  expect((await ask(server, `POST ${place.base}/preflight`, { body: {} })).body.findings).toEqual([]);
  expect((await deploy(server, place.base)).deployment).toMatchObject({ state: "running", goal: { values: 1 } });
  const extra = { values: "replicas: 2" };
  const unclear = await ask(server, `POST ${place.base}/deployments`, { body: extra });
  expect(unclear.body).toMatchObject({ code: "confirmation_required", field: "valuesVersion", changed: false });
  const asked = await ask(server, `POST ${place.base}/preflight`, { body: { valuesVersion: "latest" } });
  expect(asked.body.findings[0]).toMatchObject({ severity: "error", key: "NOT_YET" });
  const { deployment } = await deploy(server, place.base, { ...extra, valuesVersion: 1 });
  expect(deployment, deployment.outcome).toMatchObject({ state: "running", goal: { values: 3 } });
  expect(await podNames(place.namespace)).toHaveLength(2);
  await place.remove();
});

test("onSave: the save itself requests the deployment", async () => {
  const { server } = site;
  const place = await makePlace(site, { values: { keys: ["GREETING"], replicas: 1 }, settings: { onSave: true } });
  const saved = await save(server, place.base, { set: { GREETING: "by itself" } });
  expect(saved.deployment).not.toBeNull();
  const { deployment } = await deploymentEnd(server, place.base, 1);
  expect(deployment).toMatchObject({ state: "running", reason: "on-save", goal: { revision: 1 } });
  expect(await envValues(place.namespace, "GREETING")).toEqual(["by itself"]);
  await place.remove();
});

test("--no-restart writes the Secret and ends; whoever rolls later is proven by status", async () => {
  const { server } = site;
  const place = await makePlace(site, { values: { keys: ["GREETING"], replicas: 1 } });
  await save(server, place.base, { set: { GREETING: "one" } });
  expect((await deploy(server, place.base)).deployment.state).toBe("running");
  const before = await podNames(place.namespace);
  await save(server, place.base, { set: { GREETING: "two" } });
  const { deployment } = await deploy(server, place.base, { restart: "none" });
  expect(deployment, deployment.outcome).toMatchObject({ state: "running" });
  expect(deployment.outcome).toMatch(/in the cluster|in cluster/u);
  expect(await podNames(place.namespace)).toEqual(before);
  expect(Buffer.from((await mirrorData(place.namespace))["GREETING"] ?? "", "base64").toString()).toBe("two");
  expect((await ask(server, `GET ${place.base}/status`)).body).toMatchObject({ inCluster: 2, state: "stale" });
  await pastDoubt(deployment.endedAt);
  await kubectl("rollout", "restart", "deployment", "-n", place.namespace);
  await until(
    async () => (await ask(server, `GET ${place.base}/status`)).body,
    (status) => status.running === 2 && status.state === "running",
    60,
  );
  expect(await envValues(place.namespace, "GREETING")).toEqual(["two"]);
  await place.remove();
});

test("an app that crashes twice and then runs is no failure", async () => {
  const { server } = site;
  const place = await makePlace(site, {
    chart: chartFiles({
      "templates/deployment.yaml": (text) =>
        text
          .replace(
            "imagePullPolicy: Never",
            `imagePullPolicy: Never\n          command: [sh, -c, 'n=$(cat /count/n 2>/dev/null || echo 0); echo $((n+1)) > /count/n; [ "$n" -ge 2 ] || exit 1; exec /bin/box']\n          volumeMounts: [{name: count, mountPath: /count}]`,
          )
          .replace(
            "      {{- if .Values.mount }}\n      volumes:",
            "      volumes: [{name: count, emptyDir: {}}]\n      {{- if .Values.mount }}\n      volumesNot:",
          ),
    }),
    values: { keys: ["GREETING"], replicas: 1 },
  });
  await save(server, place.base, { set: { GREETING: "hello" } });
  const { deployment, journal } = await deploy(server, place.base, {}, 150);
  expect(deployment, deployment.outcome).toMatchObject({ state: "running" });
  const pods = JSON.parse(await kubectl("get", "pods", "-n", place.namespace, "-o", "json"));
  expect(pods.items[0].status.containerStatuses[0].restartCount).toBe(2);
  expect(journal.filter((line: any) => line.event.type === "step" && line.event.state === "failed")).toEqual([]);
  await place.remove();
});

/** The sample's Deployment as a workload of another kind, `more` in the place of its replicas. */
const asKind = (kind: string, suffix: string, more: string): string =>
  sampleDeployment()
    .replace("kind: Deployment", `kind: ${kind}`)
    .replaceAll("{{ .Release.Name }}", `{{ .Release.Name }}-${suffix}`)
    .replace(/ {2}replicas: .*\n/u, more)
    .replace(/ {2}progressDeadlineSeconds: .*\n/u, "");

test("a StatefulSet and a DaemonSet that roll: each pod is another one after a change, and proven", async () => {
  const { server } = site;
  const place = await makePlace(site, {
    chart: chartFiles({
      "templates/deployment.yaml": () => asKind("StatefulSet", "db", "  replicas: {{ .Values.replicas }}\n"),
      "templates/agent.yaml": () => asKind("DaemonSet", "agent", ""),
    }),
    values: { keys: ["GREETING"], replicas: 2, rollme: false },
    settings: { settleSeconds: 0 },
  });
  const uids = async (): Promise<string[]> =>
    (await kubectl("get", "pods", "-n", place.namespace, "-o", "jsonpath={.items[*].metadata.uid}")).split(" ");
  await save(server, place.base, { set: { GREETING: "one" } });
  const first = await deploy(server, place.base);
  expect(first.deployment, first.deployment.outcome).toMatchObject({ state: "running" });
  const before = await uids();
  expect(before).toHaveLength(3);
  await save(server, place.base, { set: { GREETING: "two" } });
  const { deployment } = await deploy(server, place.base);
  expect(deployment, deployment.outcome).toMatchObject({ state: "running", goal: { revision: 2 } });
  expect(await envValues(place.namespace, "GREETING")).toEqual(["two", "two", "two"]);
  expect((await uids()).filter((uid) => before.includes(uid))).toEqual([]);
  const instances = (await instancesOf(server, place.base)).filter(({ verdict }) => verdict !== "draining");
  expect(instances.map(({ workload }) => workload.split("/")[0]).toSorted()).toEqual([
    "DaemonSet",
    "StatefulSet",
    "StatefulSet",
  ]);
  for (const instance of instances) {
    expect(instance).toMatchObject({ verdict: "current", revision: 2 });
    expect(instance.evidence).toBeLessThanOrEqual(3);
  }
  await place.remove();
});

test("a DaemonSet OnDelete is held: named, not touched, and no failure", async () => {
  const { server } = site;
  const place = await makePlace(site, {
    chart: chartFiles({
      "templates/agent.yaml": () => asKind("DaemonSet", "agent", "  updateStrategy: {type: OnDelete}\n"),
    }),
    values: { keys: ["GREETING"], replicas: 1 },
  });
  const agent = async (): Promise<string[]> =>
    (await podNames(place.namespace)).filter((name) => name.includes("agent"));
  await save(server, place.base, { set: { GREETING: "one" } });
  const first = await deploy(server, place.base);
  expect(first.deployment, first.deployment.outcome).toMatchObject({ state: "running" });
  await until(agent, (names) => names.length === 1);
  const before = await agent();
  await save(server, place.base, { set: { GREETING: "two" } });
  const { deployment, journal } = await deploy(server, place.base);
  expect(deployment, deployment.outcome).toMatchObject({ state: "running", goal: { revision: 2 } });
  expect(journal.some((line: any) => line.event.type === "held" && line.event.workload.includes("agent"))).toBe(true);
  expect(await agent()).toEqual(before);
  const { workloads } = (await ask(server, `GET ${place.base}/status`)).body;
  expect(workloads.find((one: any) => one.kind === "DaemonSet").held).toContain("OnDelete");
  await place.remove();
});
