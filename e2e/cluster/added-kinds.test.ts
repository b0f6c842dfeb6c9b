import { afterAll, beforeAll, expect, test } from "vitest";
import {
  chartFiles,
  instancesOf,
  kubectl,
  kubectlWith,
  makePlace,
  makeSite,
  pastDoubt,
  save,
  type Place,
  type Site,
} from "../harness/cluster.ts";
import { ask, deploy, deploymentEnd, until } from "../harness/server.ts";

// The kinds of Argo Rollouts, Knative and OpenKruise without their controllers: their CRDs are there, pods carry
// their labels, and what the controllers would say and do, the test does.

const crds = [
  ["argoproj.io", "v1alpha1", "Rollout", "rollouts"],
  ["serving.knative.dev", "v1", "Service", "services"],
  ["apps.kruise.io", "v1alpha1", "CloneSet", "clonesets"],
  ["apps.kruise.io", "v1beta1", "StatefulSet", "statefulsets"],
  ["apps.kruise.io", "v1alpha1", "DaemonSet", "daemonsets"],
] as const;
const crdOf = ([group, version, kind, plural]: (typeof crds)[number]) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
});

let site: Site;
let place: Place;

beforeAll(async () => {
  // Status has looked before they were there, and remembers that for a minute: a server that has not.
  await kubectlWith({ apiVersion: "v1", kind: "List", items: crds.map(crdOf) }, "apply");
  await kubectl("wait", "--for=condition=Established", ...crds.map(([group, , , plural]) => `crd/${plural}.${group}`));
  site = await makeSite();
  place = await makePlace(site, { type: "restart", settings: { settleSeconds: 0, timeoutSeconds: 120 } });
});
afterAll(async () => {
  await place.remove();
  await site.stop();
  await kubectl("delete", "crd", ...crds.map(([group, , , plural]) => `${plural}.${group}`), "--wait=false");
});

const podSpec = {
  terminationGracePeriodSeconds: 1,
  automountServiceAccountToken: false,
  containers: [
    {
      name: "app",
      image: "keyroll.test/box:1",
      imagePullPolicy: "Never",
      env: [{ name: "GREETING", valueFrom: { secretKeyRef: { name: "app-secrets", key: "GREETING" } } }],
    },
  ],
};
const template = { metadata: {}, spec: podSpec };
const create = async (object: object): Promise<any> =>
  JSON.parse(await kubectlWith({ ...object }, "create", "-n", place.namespace, "-o", "json"));
const read = async (name: string): Promise<any> =>
  JSON.parse(await kubectl("get", name, "-n", place.namespace, "-o", "json"));
const setStatus = async (name: string, status: object): Promise<void> => {
  const body = JSON.stringify({ status });
  await kubectl("patch", name, "-n", place.namespace, "--subresource=status", "--type=merge", "-p", body);
};
const podFor = async (name: string, owner: any, labels: object): Promise<void> => {
  const { apiVersion, kind, metadata } = owner;
  const ownerReferences = [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true }];
  await create({ apiVersion: "v1", kind: "Pod", metadata: { name, labels, ownerReferences }, spec: podSpec });
};

const full = { replicas: 1, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1 };
const ready = [{ type: "Ready", status: "True" }];
const serving = (revision: string) => ({
  "serving.knative.dev/service": "site",
  "serving.knative.dev/revision": revision,
});

test("each of the kinds is a workload with its instances, restarts in its own way, and is proven", async () => {
  const { server } = site;
  await save(server, place.base, { set: { GREETING: "one" } });
  expect((await deploy(server, place.base)).deployment).toMatchObject({ state: "running" });

  const rollout = await create({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Rollout",
    metadata: { name: "web" },
    spec: { replicas: 1, template },
  });
  const labels = { app: "web", "rollouts-pod-template-hash": "aa" };
  await create({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: "web-aa",
      labels,
      ownerReferences: [
        { apiVersion: rollout.apiVersion, kind: "Rollout", name: "web", uid: rollout.metadata.uid, controller: true },
      ],
    },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec } },
  });
  const stable = { ...full, observedGeneration: "1", currentPodHash: "aa", stableRS: "aa" };
  await setStatus("rollouts.argoproj.io/web", stable);

  const service = await create({
    apiVersion: "serving.knative.dev/v1",
    kind: "Service",
    metadata: { name: "site" },
    spec: { template },
  });
  await podFor("site-1", service, serving("site-00001"));
  const revision = (name: string) => ({
    latestCreatedRevisionName: name,
    latestReadyRevisionName: name,
    conditions: ready,
  });
  await setStatus("services.serving.knative.dev/site", { observedGeneration: 1, ...revision("site-00001") });

  const clone = await create({
    apiVersion: "apps.kruise.io/v1alpha1",
    kind: "CloneSet",
    metadata: { name: "clone" },
    spec: { replicas: 1, template },
  });
  await podFor("clone-1", clone, { "controller-revision-hash": "clone-aa" });
  await setStatus("clonesets.apps.kruise.io/clone", { ...full, observedGeneration: 1, updateRevision: "clone-aa" });

  const stateful = await create({
    apiVersion: "apps.kruise.io/v1beta1",
    kind: "StatefulSet",
    metadata: { name: "db" },
    spec: { replicas: 1, template, updateStrategy: { rollingUpdate: { paused: true } } },
  });
  await podFor("db-0", stateful, { "controller-revision-hash": "db-aa" });
  const daemon = await create({
    apiVersion: "apps.kruise.io/v1alpha1",
    kind: "DaemonSet",
    metadata: { name: "agent" },
    spec: { template, updateStrategy: { rollingUpdate: { partition: 1 } } },
  });
  await podFor("agent-1", daemon, { "controller-revision-hash": "aa" });
  const pods = ["site-1", "clone-1", "db-0", "agent-1"].map((name) => `pod/${name}`);
  await kubectl("wait", "--for=condition=Ready", ...pods, "-n", place.namespace, "--timeout=60s");

  const first = await until(
    async () => await instancesOf(server, place.base),
    (instances) => instances.length === 5 && instances.every(({ verdict }) => verdict !== "blocked"),
  );
  expect(first.map(({ workload }) => workload).toSorted()).toEqual([
    "CloneSet/clone",
    "DaemonSet/agent",
    "Rollout/web",
    "Service/site",
    "StatefulSet/db",
  ]);

  await pastDoubt();
  await save(server, place.base, { set: { GREETING: "two" } });
  const { number } = (await ask(server, `POST ${place.base}/deployments`, { body: {} })).body.deployment;
  // What the controllers would do, once Keyroll has asked for it.
  const mark = async (name: string): Promise<any> =>
    await until(
      async () => await read(name),
      ({ spec }) =>
        spec.restartAt !== undefined || spec.template.metadata?.annotations?.["keyroll.dev/restart"] === "r2",
    );
  const { spec, metadata } = await mark("rollouts.argoproj.io/web");
  expect(metadata.annotations["keyroll.dev/restart"]).toBe("r2");
  await mark("services.serving.knative.dev/site");
  await mark("clonesets.apps.kruise.io/clone");
  const wait = Date.parse(spec.restartAt) - Date.now();
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, wait)));
  await kubectl("delete", "pods", "-l", "app=web", "-n", place.namespace, "--now");
  await kubectl("delete", "pods", "site-1", "clone-1", "-n", place.namespace, "--now");
  await podFor("site-2", service, serving("site-00002"));
  await podFor("clone-2", clone, { "controller-revision-hash": "clone-bb" });
  await kubectl("wait", "--for=condition=Ready", "pod", "--all", "-n", place.namespace, "--timeout=60s");
  await setStatus("rollouts.argoproj.io/web", { ...stable, observedGeneration: "2", restartedAt: spec.restartAt });
  await setStatus("services.serving.knative.dev/site", { observedGeneration: 2, ...revision("site-00002") });
  await setStatus("clonesets.apps.kruise.io/clone", { ...full, observedGeneration: 2, updateRevision: "clone-bb" });

  const { deployment, journal } = await deploymentEnd(server, place.base, number);
  expect(deployment, deployment.outcome).toMatchObject({ state: "running" });
  const held = journal.flatMap(({ event }: any) => (event.type === "held" ? [event.workload] : []));
  expect(held.toSorted()).toEqual(["DaemonSet/agent", "StatefulSet/db"]);
  const { workloads } = (await ask(server, `GET ${place.base}/status`)).body;
  const told = workloads.map(({ kind, held: why, instances }: any) => [
    kind,
    why,
    instances.filter(({ verdict }: any) => verdict !== "draining").map(({ verdict }: any) => verdict),
  ]);
  expect(told.toSorted()).toEqual([
    ["CloneSet", null, ["current"]],
    ["DaemonSet", "partition 1", ["stale"]],
    ["Rollout", null, ["current"]],
    ["Service", null, ["current"]],
    ["StatefulSet", "paused", ["stale"]],
  ]);
});

test("a Rollout in a chart: Helm goes on without waiting for it, and Keyroll's own watch says when it is done", async () => {
  const { server } = site;
  const text = JSON.stringify({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Rollout",
    metadata: { name: "site", annotations: { note: "{{ .Values.note }}" } },
    spec: { replicas: 1, template },
  });
  const chart = chartFiles({ "templates/deployment.yaml": () => text });
  const helmPlace = await makePlace(site, { chart, settings: { settleSeconds: 0, timeoutSeconds: 60 } });
  const inPlace = ["-n", helmPlace.namespace] as const;
  await save(server, helmPlace.base, { set: { GREETING: "one" } });
  const { number } = (await ask(server, `POST ${helmPlace.base}/deployments`, { body: {} })).body.deployment;
  const look = async (): Promise<any> => (await ask(server, `GET ${helmPlace.base}/deployments/${number}`)).body;
  // Its controller says nothing yet: that is not Helm's to wait for.
  const { deployment: underWay } = await until(look, ({ journal }) =>
    journal.some(({ event }: any) => event.type === "progress" && event.workload === "Rollout/site"),
  );
  expect(underWay).toMatchObject({ state: "active", helmRevision: 1 });

  const { metadata } = JSON.parse(await kubectl("get", "rollouts.argoproj.io", "site", ...inPlace, "-o", "json"));
  const owner = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Rollout",
    name: "site",
    uid: metadata.uid,
    controller: true,
  };
  const labels = { app: "site", "rollouts-pod-template-hash": "aa" };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec } };
  const set = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: "site-aa", labels, ownerReferences: [owner] },
  };
  await kubectlWith({ ...set, spec }, "create", ...inPlace);
  await until(
    async () => await kubectl("get", "pods", ...inPlace, "-o", "jsonpath={.items[*].status.phase}"),
    (phase) => phase === "Running",
    60,
  );
  expect((await look()).deployment.state).toBe("active");
  const said = { ...full, observedGeneration: String(metadata.generation), currentPodHash: "aa", stableRS: "aa" };
  const body = JSON.stringify({ status: said });
  await kubectl(
    "patch",
    "rollouts.argoproj.io",
    "site",
    ...inPlace,
    "--subresource=status",
    "--type=merge",
    "-p",
    body,
  );
  const { deployment } = await deploymentEnd(server, helmPlace.base, number);
  expect(deployment, deployment.outcome).toMatchObject({ state: "running", live: "goal" });
  expect(await instancesOf(server, helmPlace.base)).toMatchObject([
    { workload: "Rollout/site", verdict: "current", revision: 1 },
  ]);

  // Once it has said which generation it has seen, in text as it does, a Helm 4 that waits takes it for unfinished for ever.
  const second = await deploy(server, helmPlace.base, { values: "note: again" });
  expect(second.deployment, second.deployment.outcome).toMatchObject({ state: "running", helmRevision: 2 });

  // Whoever would take it over is told of it as of any other workload.
  const found = async (): Promise<any> =>
    (await ask(server, `GET /connections/kube/namespaces/${helmPlace.namespace}`)).body;
  const one = { kind: "Rollout", name: "site", secrets: ["app-secrets"] };
  expect(await found()).toMatchObject({ type: "helm", workloads: [{ ...one, keeper: null }] });
  await kubectl("label", "rollouts.argoproj.io", "site", ...inPlace, "argocd.argoproj.io/instance=shop");
  expect(await found()).toMatchObject({ type: "restart", workloads: [{ ...one, keeper: "Argo CD" }] });
  await helmPlace.remove();
});
