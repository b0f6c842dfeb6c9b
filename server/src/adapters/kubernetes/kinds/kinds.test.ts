import { expect, test } from "vitest";
import type { Json } from "../json.ts";
import { rolledKinds } from "../../../ports/workload-kinds.ts";
import { podsOf } from "../pods.ts";
import { workloadsOf, type UsesOf } from "../workloads.ts";
import { addedKinds, listOf, ownKinds, pathOf } from "./kinds.ts";
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

test("Deployment: the newest ReplicaSet's hash; settled only without old replicas; paused is held", () => {
  const set = (revision: string, hash: string): Json => ({
    metadata: {
      uid: hash,
      labels: { "pod-template-hash": hash },
      annotations: { "deployment.kubernetes.io/revision": revision },
      ...owner("Deployment", "w"),
    },
  });
  const replicasets = [set("9", "old"), set("10", "new")];
  const of = (spec: Json, status: Json) => seen("deployments", object(spec, status), { replicasets });
  const all = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
  expect(of({ replicas: 2 }, all)).toMatchObject({
    templateHash: "new",
    settled: true,
    held: null,
    wanted: 2,
    rolls: true,
  });
  expect(of({ replicas: 2 }, { ...all, replicas: 3 }).settled).toBe(false);
  expect(of({ replicas: 2 }, { ...all, observedGeneration: 2 }).settled).toBe(false);
  expect(of({ replicas: 2, paused: true }, all).held).toBe("paused");
  const late = [{ type: "Progressing", reason: "ProgressDeadlineExceeded" }];
  expect(of({ replicas: 2 }, { ...all, conditions: late }).failed).toContain("deadline");
  const objects = new Map([
    ["replicasets", replicasets],
    ["deployments", [object({}, {})]],
  ]);
  expect(podOf(objects, { "pod-template-hash": "new" }, owner("ReplicaSet", "new"))).toEqual({
    workload: { kind: "Deployment", name: "web", uid: "w" },
    templateHash: "new",
  });
});

test("StatefulSet and DaemonSet: partition and OnDelete are held", () => {
  const rolling = (more: Json): Json => ({ updateStrategy: { type: "RollingUpdate", rollingUpdate: more } });
  const status = { updateRevision: "web-2", currentRevision: "web-2", updatedReplicas: 1, readyReplicas: 1 };
  expect(seen("statefulsets", object(rolling({}), status))).toMatchObject({
    templateHash: "web-2",
    settled: true,
    held: null,
  });
  expect(seen("statefulsets", object(rolling({ partition: 2 }), status)).held).toBe("partition 2");
  expect(seen("statefulsets", object(rolling({}), { ...status, currentRevision: "web-1" })).settled).toBe(false);
  const revision = {
    metadata: { labels: { "controller-revision-hash": "d2" }, ...owner("DaemonSet", "w") },
    revision: 2,
  };
  const daemon = object({ updateStrategy: { type: "OnDelete" } }, { desiredNumberScheduled: 1, numberAvailable: 1 });
  expect(seen("daemonsets", daemon, { controllerrevisions: [revision] })).toMatchObject({
    templateHash: "d2",
    held: "OnDelete",
    settled: false,
  });
});

test("CronJob: nothing of it rolls; its Jobs and their pods are its own", () => {
  const cron: Json = {
    metadata: { name: "mail", uid: "c" },
    spec: { schedule: "0 3 * * *", jobTemplate: { spec: { template: template() } } },
  };
  expect(seen("cronjobs", cron)).toMatchObject({
    kind: "CronJob",
    rolls: false,
    settled: true,
    held: null,
    uses: ["GREETING"],
  });
  expect(seen("cronjobs", { ...cron, spec: { ...(cron["spec"] as Json), suspend: true } }).held).toBe("suspended");
  const jobs = [{ metadata: { name: "mail-1", uid: "j", ...owner("CronJob", "c", "mail") } }];
  const objects = new Map([
    ["cronjobs", [cron]],
    ["jobs", jobs],
  ]);
  expect(podOf(objects, {}, owner("Job", "j", "mail-1")).workload).toEqual({ kind: "CronJob", name: "mail", uid: "c" });
  expect(podOf(new Map(), {}, owner("Job", "k", "once")).workload).toEqual({ kind: "Job", name: "once", uid: "k" });
  const scaled = [{ metadata: { name: "mail-2", uid: "k", ...owner("ScaledJob", "s", "mail") } }];
  expect(podOf(new Map([["jobs", scaled]]), {}, owner("Job", "k", "mail-2")).workload).toMatchObject({ kind: "Job" });
  expect(podOf(new Map(), {}).workload).toBeNull();
});

test("Argo Rollout: a generation as text, its own hash, steps and pauses held, an abort failed", () => {
  const list = "rollouts.argoproj.io";
  const status = {
    observedGeneration: "3",
    currentPodHash: "b",
    stableRS: "b",
    replicas: 1,
    updatedReplicas: 1,
    availableReplicas: 1,
  };
  const canary = { strategy: { canary: { steps: [{ setWeight: 20 }, { pause: {} }, { setWeight: 60 }] } } };
  const of = (spec: Json, more: Json = {}) => seen(list, object(spec, { ...status, ...more }));
  expect(of(canary)).toMatchObject({ kind: "Rollout", templateHash: "b", settled: true, held: null, failed: null });
  expect(of(canary, { observedGeneration: "2" }).settled).toBe(false);
  expect(of(canary, { stableRS: "a" }).settled).toBe(false);
  const pause = { pauseConditions: [{ reason: "CanaryPauseStep" }], currentStepIndex: 1, stableRS: "a" };
  expect(of(canary, pause).held).toBe("canary step 2 of 3");
  expect(of({ strategy: { blueGreen: {} } }, { pauseConditions: [{ reason: "BlueGreenPause" }] }).held).toBe(
    "paused (BlueGreenPause)",
  );
  expect(of({ paused: true }).held).toBe("paused");
  expect(of(canary, { abort: true }).failed).toContain("aborted");
  const set = { metadata: { uid: "s", ...owner("Rollout", "w") } };
  const objects = new Map([
    [list, [object(canary, status)]],
    ["replicasets", [set]],
  ]);
  expect(podOf(objects, { "rollouts-pod-template-hash": "b" }, owner("ReplicaSet", "s"))).toEqual({
    workload: { kind: "Rollout", name: "web", uid: "w" },
    templateHash: "b",
  });
});

test("Argo Rollout: restartAt makes another generation of the same template, and is not done before the controller says so", () => {
  const list = "rollouts.argoproj.io";
  const at = "2026-05-01T09:59:59Z";
  const status = {
    observedGeneration: "3",
    currentPodHash: "b",
    stableRS: "b",
    replicas: 1,
    updatedReplicas: 1,
    availableReplicas: 1,
  };
  const restarted = object({ restartAt: at }, { ...status, restartedAt: at });
  expect(seen(list, restarted).settled).toBe(true);
  expect(seen(list, object({ restartAt: at }, status)).settled).toBe(false);
  const hash = seen(list, restarted).templateHash;
  expect(hash).not.toBe("b");
  const objects = new Map([
    [list, [restarted]],
    ["replicasets", [{ metadata: { uid: "s", ...owner("Rollout", "w") } }]],
  ]);
  const labels = { "rollouts-pod-template-hash": "b" };
  expect(podOf(objects, labels, owner("ReplicaSet", "s")).templateHash).toBe(hash);
  const older = { ...owner("ReplicaSet", "s"), creationTimestamp: "2026-05-01T09:59:58Z" };
  expect(podOf(objects, labels, older).templateHash).toBe("b");
  const patch = addedKinds.find(({ kind }) => kind === "Rollout")?.restart("r7", Date.parse(at) + 400);
  expect(patch).toEqual({ metadata: { annotations: { "keyroll.dev/restart": "r7" } }, spec: { restartAt: at } });
  expect(seen(list, object({}, status, { annotations: { "keyroll.dev/restart": "r7" } })).restartMark).toBe("r7");
});

test("Argo Rollout with workloadRef: the template is a Deployment's, which is no workload while it is scaled to nothing", () => {
  const list = "rollouts.argoproj.io";
  const reference = { template: null, workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } };
  const status = {
    observedGeneration: "3",
    workloadObservedGeneration: "5",
    currentPodHash: "b",
    stableRS: "b",
    replicas: 1,
    updatedReplicas: 1,
    availableReplicas: 1,
  };
  const deployment = (replicas: number, generation = 5): Json => ({
    metadata: { name: "web", uid: "d", generation },
    spec: { replicas, template: template("r4") },
  });
  const of = (one: Json) =>
    workloadsOf(
      new Map([
        ["deployments", [one]],
        [list, [object(reference, status)]],
      ]),
      null,
      usesOf,
    );
  expect(of(deployment(0)).map(({ kind, uses, restartMark, settled }) => [kind, uses, restartMark, settled])).toEqual([
    ["Rollout", ["GREETING"], "r4", true],
  ]);
  expect(of(deployment(0)).map(({ templateIn }) => templateIn)).toEqual([{ kind: "Deployment", name: "web" }]);
  expect(of(deployment(0, 6)).map(({ settled }) => settled)).toEqual([false]);
  expect(of(deployment(2)).map(({ kind }) => kind)).toEqual(["Deployment", "Rollout"]);
});

test("outside the release means held, where Helm rolls; the manager of the template is known", () => {
  const fields = (manager: string, time: string): Json => ({
    manager,
    time,
    fieldsV1: { "f:spec": { "f:template": { "f:spec": {} } } },
  });
  const managedFields = [
    fields("helm", "2026-05-01T10:00:00Z"),
    fields("gitops", "2026-05-01T10:00:05Z"),
    fields("keyroll", "2026-05-01T10:00:09Z"),
  ];
  const of = (release: string | null, annotations: Json) =>
    workloadsOf(new Map([["deployments", [object({}, {}, { annotations, managedFields })]]]), release, usesOf)[0];
  expect(of("shop", {})).toMatchObject({ held: "outside the release", inRelease: false, templateManager: "gitops" });
  expect(of("shop", { "meta.helm.sh/release-name": "shop" })).toMatchObject({ held: null, inRelease: true });
  expect(of(null, {})?.held).toBeNull();
});

test("where the lists are", () => {
  expect(ownKinds.map(listOf)).toEqual(["deployments", "statefulsets", "daemonsets", "cronjobs"]);
  expect(new Set([...ownKinds, ...addedKinds].map(listOf)).size).toBe(9);
  const restarting = [...ownKinds, ...addedKinds].filter((kind) => kind.restart("r1", 0) !== null);
  expect(new Set(restarting.map(({ kind }) => kind))).toEqual(rolledKinds);
  expect(addedKinds.map((kind) => pathOf(kind, "shop"))[0]).toBe("/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts");
});
