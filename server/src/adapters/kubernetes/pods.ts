import type { ContainerFacts, PodFacts } from "../../ports/target.ts";
import type { KubeClient } from "./client.ts";
import { at, isJson, list, number, text, time, type Json } from "./json.ts";
import { marks } from "./app-secrets.ts";
import type { UsesOf } from "./workloads.ts";

const statusesOf = (pod: Json): ReadonlyMap<string, unknown> =>
  new Map(
    ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"]
      .flatMap((field) => list(pod, "status", field))
      .map((status) => [text(status, "name") ?? "", status]),
  );

const containerOf = (status: unknown, use: ReturnType<UsesOf>[number]): ContainerFacts => {
  const waiting = at(status, "state", "waiting");
  const ended = at(status, "state", "terminated");
  const previous = at(status, "lastState", "terminated");
  return {
    name: use.container,
    role: use.containerKind,
    uses: use.uses,
    how: use.how,
    startedAt: time(status, "state", "running", "startedAt") ?? time(ended, "startedAt"),
    previousFinishedAt: time(previous, "finishedAt"),
    restarts: number(status, "restartCount") ?? 0,
    waiting: isJson(waiting)
      ? { reason: text(waiting, "reason") ?? "Waiting", message: text(waiting, "message") ?? "" }
      : null,
    finished: isJson(ended)
      ? { exitCode: number(ended, "exitCode") ?? 0, at: time(ended, "finishedAt"), reason: text(ended, "reason") ?? "" }
      : null,
  };
};

const controllerOf = (object: unknown): unknown =>
  list(object, "metadata", "ownerReferences").find((owner) => at(owner, "controller") === true);

const nameOf = (owner: unknown): PodFacts["workload"] =>
  owner === undefined
    ? null
    : { kind: text(owner, "kind") ?? "", name: text(owner, "name") ?? "", uid: text(owner, "uid") ?? "" };

/** The workload behind a pod: a ReplicaSet stands for its Deployment, a Job for its CronJob. */
const workloadOf = (pod: Json, parents: ReadonlyMap<string, Json>): PodFacts["workload"] => {
  const owner = controllerOf(pod);
  const above = controllerOf(parents.get(text(owner, "uid") ?? ""));
  return nameOf(above ?? owner);
};

const scheduledAt = (pod: Json): number | null => {
  const condition = list(pod, "status", "conditions").find((one) => text(one, "type") === "PodScheduled");
  return text(condition, "status") === "True" ? time(condition, "lastTransitionTime") : null;
};

/** Every pod of a namespace that uses the Secret, by its own spec. */
export const readPods = async (
  client: KubeClient,
  namespace: string,
  usesOf: UsesOf,
  signal?: AbortSignal,
): Promise<PodFacts[]> => {
  const [pods, sets, jobs] = await Promise.all([
    client.list(`/api/v1/namespaces/${namespace}/pods`, { signal }),
    client.list(`/apis/apps/v1/namespaces/${namespace}/replicasets`, { signal }),
    client.list(`/apis/batch/v1/namespaces/${namespace}/jobs`, { signal }),
  ]);
  const parents = new Map([...sets, ...jobs].map((object) => [text(object, "metadata", "uid") ?? "", object]));
  return pods.map((pod) => {
    const statuses = statusesOf(pod);
    const labels = at(pod, "metadata", "labels");
    return {
      uid: text(pod, "metadata", "uid") ?? "",
      name: text(pod, "metadata", "name") ?? "",
      node: text(pod, "spec", "nodeName"),
      createdAt: time(pod, "metadata", "creationTimestamp") ?? 0,
      scheduledAt: scheduledAt(pod),
      kubeletStartTime: time(pod, "status", "startTime"),
      deleting: text(pod, "metadata", "deletionTimestamp") !== null,
      phase: text(pod, "status", "phase") ?? "Unknown",
      workload: workloadOf(pod, parents),
      templateHash: text(labels, "pod-template-hash") ?? text(labels, "controller-revision-hash"),
      restartMark: text(pod, "metadata", "annotations", marks.restart),
      containers: usesOf(at(pod, "spec")).map((use) => containerOf(statuses.get(use.container), use)),
    };
  });
};
