import type { ContainerFacts, PodFacts } from "../../ports/target.ts";
import { addedKinds, listOf, ownKinds } from "./kinds/kinds.ts";
import {
  controllerOf,
  nameOf,
  restartMark,
  revisionLabel,
  uidOf,
  type Kind,
  type WorkloadObjects,
} from "./kinds/kind.ts";
import { service, serviceOf } from "./kinds/knative.ts";
import { at, isJson, list, number, text, time, type Json } from "./json.ts";
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

type PodOwner = Pick<PodFacts, "workload" | "templateHash">;

/** The workload behind each pod, a ReplicaSet standing for its Deployment and a Job for its CronJob, and its template. */
export const podOwners = (objects: WorkloadObjects): ((pod: Json) => PodOwner) => {
  const parents = new Map(
    ["replicasets", "jobs", "deployments"].flatMap((name) =>
      (objects.get(name) ?? []).map((object) => [uidOf(object), object] as const),
    ),
  );
  const known = new Map<string, { readonly kind: Kind; readonly object: Json }>(
    [...ownKinds, ...addedKinds].flatMap((kind) =>
      (objects.get(listOf(kind)) ?? []).map((object) => [uidOf(object), { kind, object }] as const),
    ),
  );
  const services = new Map((objects.get(listOf(service)) ?? []).map((object) => [nameOf(object), object]));

  const ownerOf = (pod: Json): PodFacts["workload"] => {
    const served = services.get(serviceOf(pod) ?? "");
    if (served !== undefined) return { kind: service.kind, name: nameOf(served), uid: uidOf(served) };
    const owner = controllerOf(pod);
    const above = controllerOf(parents.get(text(owner, "uid") ?? ""));
    // A Job is a run, whoever makes Jobs; only a CronJob is known to be one too.
    const isRun = text(owner, "kind") === "Job" && text(above, "kind") !== "CronJob";
    const found = isRun ? owner : (above ?? owner);
    return found === undefined
      ? null
      : { kind: text(found, "kind") ?? "", name: text(found, "name") ?? "", uid: text(found, "uid") ?? "" };
  };

  return (pod) => {
    const workload = ownerOf(pod);
    const found = known.get(workload?.uid ?? "");
    return {
      workload,
      templateHash: found === undefined ? revisionLabel(pod) : found.kind.podHash(pod, found.object),
    };
  };
};

const scheduledAt = (pod: Json): number | null => {
  const condition = list(pod, "status", "conditions").find((one) => text(one, "type") === "PodScheduled");
  return text(condition, "status") === "True" ? time(condition, "lastTransitionTime") : null;
};

/** Every pod of a namespace, with what its containers use of the Secret by its own spec. */
export const podsOf = (objects: WorkloadObjects, usesOf: UsesOf): PodFacts[] => {
  const ownerOf = podOwners(objects);
  return (objects.get("pods") ?? []).map((pod) => {
    const statuses = statusesOf(pod);
    return {
      uid: uidOf(pod),
      name: nameOf(pod),
      node: text(pod, "spec", "nodeName"),
      createdAt: time(pod, "metadata", "creationTimestamp") ?? 0,
      scheduledAt: scheduledAt(pod),
      kubeletStartTime: time(pod, "status", "startTime"),
      deleting: text(pod, "metadata", "deletionTimestamp") !== null,
      phase: text(pod, "status", "phase") ?? "Unknown",
      ...ownerOf(pod),
      restartMark: text(pod, "metadata", "annotations", restartMark),
      containers: usesOf(at(pod, "spec")).map((use) => containerOf(statuses.get(use.container), use)),
    };
  });
};
