import { expect, test } from "vitest";
import type { Json } from "../json.ts";
import { podsOf } from "../pods.ts";
import { workloadsOf, type UsesOf } from "../workloads.ts";
import type { WorkloadObjects } from "./kind.ts";

/** Everything with containers uses GREETING. */
const usesOf: UsesOf = (spec) =>
  spec === undefined || spec === null
    ? []
    : [{ container: "app", containerKind: "container", uses: ["GREETING"], how: ["env"] }];
const template = (mark?: string): Json => ({
  metadata: mark === undefined ? {} : { annotations: { "keyroll.dev/restart": mark } },
  spec: { containers: [{ name: "app" }] },
});
const object = (spec: Json, status: Json, more: Json = {}): Json => ({
  metadata: { name: "web", uid: "w", generation: 3, ...more },
  spec: { template: template(), ...spec },
  status: { observedGeneration: 3, ...status },
});
const seen = (list: string, one: Json, others: Record<string, readonly Json[]> = {}) => {
  const [found] = workloadsOf(new Map([...Object.entries(others), [list, [one]]]), null, usesOf);
  if (found === undefined) throw new Error("no workload");
  return found;
};
const podOf = (objects: WorkloadObjects, labels: Json, more: Json = {}) => {
  const pod = {
    metadata: { name: "web-1", uid: "p", creationTimestamp: "2026-05-01T10:00:00Z", labels, ...more },
    spec: { containers: [{ name: "app" }] },
  };
  const [found] = podsOf(new Map([...objects, ["pods", [pod]]]), usesOf);
  return { workload: found?.workload, templateHash: found?.templateHash };
};
const owner = (kind: string, uid: string, name = "web"): Json => ({
  ownerReferences: [{ kind, name, uid, controller: true }],
});

test("Knative Service: a revision a template; its Deployments are its own; traffic by name is held", () => {
  const list = "services.serving.knative.dev";
  const status = {
    latestCreatedRevisionName: "web-00002",
    latestReadyRevisionName: "web-00002",
    conditions: [{ type: "Ready", status: "True" }],
  };
  const of = (spec: Json, more: Json = {}) => seen(list, object(spec, { ...status, ...more }));
  expect(of({})).toMatchObject({ kind: "Service", templateHash: "web-00002", settled: true, held: null });
  expect(of({}, { latestReadyRevisionName: "web-00001" }).settled).toBe(false);
  expect(of({}, { conditions: [{ type: "Ready", status: "False", reason: "RevisionFailed" }] }).failed).toContain(
    "RevisionFailed",
  );
  const split = [
    { revisionName: "web-00001", percent: 90 },
    { latestRevision: true, percent: 10 },
  ];
  expect(of({ traffic: split }).held).toBe("traffic: 90 % to web-00001");
  expect(of({ traffic: [{ latestRevision: true, percent: 100 }] }).held).toBeNull();
  const deployment = { metadata: { name: "web-00002-deployment", uid: "d", ...owner("Revision", "r", "web-00002") } };
  const labels = { "serving.knative.dev/service": "web", "serving.knative.dev/revision": "web-00002" };
  const sets = [{ metadata: { uid: "s", ...owner("Deployment", "d", "web-00002-deployment") } }];
  const objects = new Map([
    [list, [object({}, status)]],
    ["deployments", [deployment]],
    ["replicasets", sets],
  ]);
  expect(workloadsOf(objects, null, usesOf).map(({ kind }) => kind)).toEqual(["Service"]);
  expect(podOf(objects, labels, owner("ReplicaSet", "s"))).toEqual({
    workload: { kind: "Service", name: "web", uid: "w" },
    templateHash: "web-00002",
  });
  // Where Services cannot be read, their Deployments speak.
  expect(workloadsOf(new Map([["deployments", [deployment]]]), null, usesOf).map(({ kind }) => kind)).toEqual([
    "Deployment",
  ]);
});

test("OpenKruise: hashes short or long; paused, partitions and InPlaceOnly held; a pod changed in place proves nothing", () => {
  const status = { updateRevision: "web-7d", replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
  const clone = (strategy: Json) => object({ replicas: 2, updateStrategy: strategy }, status);
  const list = "clonesets.apps.kruise.io";
  expect(seen(list, clone({}))).toMatchObject({ kind: "CloneSet", templateHash: "7d", settled: true, held: null });
  expect(seen(list, clone({ partition: "20%" })).held).toBe("partition 20%");
  expect(seen(list, clone({ partition: "0%" })).held).toBeNull();
  expect(seen(list, clone({ paused: true })).held).toBe("paused");
  expect(seen(list, clone({ type: "InPlaceOnly" })).held).toContain("InPlaceOnly");
  const objects = new Map([[list, [clone({})]]]);
  const of = (label: string, more: Json = {}) =>
    podOf(objects, { "controller-revision-hash": label }, { ...owner("CloneSet", "w"), ...more }).templateHash;
  expect([of("web-7d"), of("7d")]).toEqual(["7d", "7d"]);
  expect(of("web-7d", { annotations: { "apps.kruise.io/inplace-update-state": "{}" } })).toBeNull();

  const stateful = (more: Json) =>
    object({ updateStrategy: { rollingUpdate: more } }, { ...status, replicas: 1, currentRevision: "web-7d" });
  expect(seen("statefulsets.apps.kruise.io", stateful({}))).toMatchObject({
    kind: "StatefulSet",
    templateHash: "web-7d",
    settled: true,
  });
  expect(seen("statefulsets.apps.kruise.io", stateful({ paused: true })).held).toBe("paused");
  const daemon = (more: Json) =>
    object(
      { updateStrategy: { rollingUpdate: more } },
      { daemonSetHash: "d7", desiredNumberScheduled: 1, updatedNumberScheduled: 1, numberAvailable: 1 },
    );
  expect(seen("daemonsets.apps.kruise.io", daemon({}))).toMatchObject({
    kind: "DaemonSet",
    templateHash: "d7",
    settled: true,
  });
  expect(seen("daemonsets.apps.kruise.io", daemon({ partition: 1 })).held).toBe("partition 1");
});
