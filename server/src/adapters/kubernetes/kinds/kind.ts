import { at, isJson, list, number, text, type Json } from "../json.ts";

/** Everything in a namespace that tells of its workloads: name of a list -> its objects. */
export type WorkloadObjects = ReadonlyMap<string, readonly Json[]>;

export interface Progress {
  readonly wanted: number;
  readonly updated: number;
  readonly ready: number;
  /** Nothing is left to wait for. */
  readonly settled: boolean;
  /** Why it cannot get there by waiting; null: it can. */
  readonly failed: string | null;
}

/** One kind of object that keeps pods, and how its rollout is read. The objects are whatever the cluster says. */
export interface Kind {
  readonly kind: string;
  /** API group; the name of its list is `plural`, with the group behind it unless Kubernetes brings the kind. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** What its pods are made from; null: it cannot be seen. */
  template(object: Json, objects: WorkloadObjects): Json | null;
  /** Why nobody may restart it; null: it rolls. */
  held(object: Json): string | null;
  /** What the pods of its newest template are told by; null: not known yet. */
  hash(object: Json, objects: WorkloadObjects): string | null;
  /** The same, of one of its pods. */
  podHash(pod: Json, object: Json): string | null;
  progress(object: Json, objects: WorkloadObjects): Progress;
  /** What to merge into the object so that its pods restart; null: they do not, or they need not. */
  restart(mark: string, after: number): Json | null;
  /** The text that `restart` left there, or the chart. */
  mark(object: Json, objects: WorkloadObjects): string | null;
}

export const restartMark = "keyroll.dev/restart";

export const jsonAt = (value: unknown, ...path: readonly string[]): Json | null => {
  const found = at(value, ...path);
  return isJson(found) ? found : null;
};

export const ownTemplate = (object: Json): Json | null => jsonAt(object, "spec", "template");
export const markOf = (template: Json | null): string | null => text(template, "metadata", "annotations", restartMark);
export const markTemplate = (mark: string): Json => ({
  spec: { template: { metadata: { annotations: { [restartMark]: mark } } } },
});

/** Whether the controller has seen the newest spec. Argo Rollouts says the number as text. */
export const isSeen = (object: Json): boolean =>
  Number(at(object, "status", "observedGeneration") ?? 0) >= (number(object, "metadata", "generation") ?? 0);

export const uidOf = (object: unknown): string => text(object, "metadata", "uid") ?? "";
export const nameOf = (object: unknown): string => text(object, "metadata", "name") ?? "";

export const controllerOf = (object: unknown): unknown =>
  list(object, "metadata", "ownerReferences").find((owner) => at(owner, "controller") === true);
const ownedBy = (object: Json, uid: string): boolean =>
  list(object, "metadata", "ownerReferences").some((owner) => text(owner, "uid") === uid);

/** Of the objects that belong to `uid`, the one with the highest figure. */
export const newestOf = (objects: readonly Json[], uid: string, by: (object: Json) => number): Json | undefined =>
  objects.filter((one) => ownedBy(one, uid)).toSorted((a, b) => by(b) - by(a))[0];

/** The label that ReplicaSets, StatefulSets and DaemonSets put on their pods. */
export const revisionLabel = (pod: Json): string | null =>
  text(pod, "metadata", "labels", "pod-template-hash") ?? text(pod, "metadata", "labels", "controller-revision-hash");

/** `partition` is a figure, or in other kinds a share such as "20%". */
export const partitionOf = (value: unknown): string | null => {
  if (typeof value !== "number" && typeof value !== "string") return null;
  return Number.parseFloat(String(value)) > 0 ? `partition ${value}` : null;
};
