import { at, list, number, text, time, type Json } from "../json.ts";
import { isSeen, jsonAt, markOf, nameOf, ownTemplate, restartMark, type Kind, type WorkloadObjects } from "./kind.ts";

/** The Deployment in which a Rollout keeps its template (`workloadRef`); null: it has its own, or that is not to be seen. */
export const referenced = (rollout: Json, objects: WorkloadObjects): Json | null => {
  const name = text(rollout, "spec", "workloadRef", "name");
  if (name === null || text(rollout, "spec", "workloadRef", "kind") !== "Deployment") return null;
  return objects.get("deployments")?.find((one) => nameOf(one) === name) ?? null;
};

const template = (object: Json, objects: WorkloadObjects): Json | null => {
  const other = referenced(object, objects);
  return other === null ? ownTemplate(object) : ownTemplate(other);
};

/** Pods that were made at or after `restartAt` are another generation of the same template. */
const generation = (hash: string | null, object: Json, made: number | null): string | null => {
  const restartAt = time(object, "spec", "restartAt");
  return hash === null || restartAt === null || made === null || made < restartAt ? hash : `${hash}@${restartAt}`;
};

/** A step that waits for somebody, or for its time: two templates at once are what was asked for. */
const held = (object: Json): string | null => {
  if (at(object, "spec", "paused") === true) return "paused";
  const [pause] = list(object, "status", "pauseConditions");
  if (pause === undefined) return null;
  const steps = list(object, "spec", "strategy", "canary", "steps").length;
  const step = number(object, "status", "currentStepIndex");
  return steps > 0 && step !== null
    ? `canary step ${step + 1} of ${steps}`
    : `paused (${text(pause, "reason") ?? "by its controller"})`;
};

const isTemplateSeen = (object: Json, objects: WorkloadObjects): boolean => {
  const other = referenced(object, objects);
  return (
    other === null ||
    Number(at(object, "status", "workloadObservedGeneration") ?? 0) >= (number(other, "metadata", "generation") ?? 0)
  );
};

/** Argo Rollouts: another ReplicaSet a template; canaries and previews on purpose. */
export const rollout: Kind = {
  kind: "Rollout",
  group: "argoproj.io",
  version: "v1alpha1",
  plural: "rollouts",
  template,
  held,
  hash: (object) => generation(text(object, "status", "currentPodHash"), object, time(object, "spec", "restartAt")),
  podHash: (pod, object) =>
    generation(
      text(pod, "metadata", "labels", "rollouts-pod-template-hash"),
      object,
      time(pod, "metadata", "creationTimestamp"),
    ),
  progress: (object, objects) => {
    const status = at(object, "status");
    const wanted = number(object, "spec", "replicas") ?? 1;
    const total = number(status, "replicas") ?? 0;
    const updated = number(status, "updatedReplicas") ?? 0;
    const ready = number(status, "availableReplicas") ?? 0;
    const seen = isSeen(object) && isTemplateSeen(object, objects);
    const restartAt = text(object, "spec", "restartAt");
    const isStable = text(status, "stableRS") === text(status, "currentPodHash");
    const isLate = list(status, "conditions").some(
      (one) => text(one, "type") === "Progressing" && text(one, "reason") === "ProgressDeadlineExceeded",
    );
    const failed =
      at(status, "abort") === true
        ? "it was aborted and went back to its stable template"
        : isLate
          ? "its progress deadline is over"
          : null;
    return {
      wanted,
      updated,
      ready,
      settled:
        seen &&
        isStable &&
        updated >= wanted &&
        total <= updated &&
        ready >= wanted &&
        (restartAt === null || text(status, "restartedAt") === restartAt),
      failed: seen ? failed : null,
    };
  },
  // Its own restart: pods made before that time are replaced, no canary begins. Our mark says what it was for.
  restart: (mark, after) => ({
    metadata: { annotations: { [restartMark]: mark } },
    spec: { restartAt: new Date(after).toISOString().replace(/\.\d+Z$/u, "Z") },
  }),
  mark: (object, objects) =>
    text(jsonAt(object, "metadata", "annotations"), restartMark) ?? markOf(template(object, objects)),
};
