import type { ContainerFacts, WorkloadFacts } from "../../ports/target.ts";
import type { KubeClient } from "./client.ts";
import { at, isJson, list, number, text, type Json } from "./json.ts";
import { marks } from "./app-secrets.ts";

/** What a pod spec uses of the Secret; given by whoever knows the shapes of references. */
export type UsesOf = (podSpec: unknown) => readonly {
  readonly container: string;
  readonly containerKind: ContainerFacts["role"];
  readonly uses: "all" | readonly string[];
  readonly how: ContainerFacts["how"];
}[];

export const rolledKinds = [
  ["Deployment", "deployments"],
  ["StatefulSet", "statefulsets"],
  ["DaemonSet", "daemonsets"],
] as const;
export type RolledKind = (typeof rolledKinds)[number][0];

/** A workload with its object, for those who look closer. */
export interface Workload extends WorkloadFacts {
  readonly object: Json;
  /** null: still rolling. */
  readonly settled: boolean;
  /** Why it cannot get there by waiting; null: it can. */
  readonly failed: string | null;
}

const joined = (uses: ReturnType<UsesOf>): "all" | readonly string[] =>
  uses.some((one) => one.uses === "all")
    ? "all"
    : [...new Set(uses.flatMap((one) => (one.uses === "all" ? [] : one.uses)))].toSorted();

const heldBack = (kind: RolledKind, object: Json): string | null => {
  if (kind === "Deployment") return at(object, "spec", "paused") === true ? "paused" : null;
  if (text(object, "spec", "updateStrategy", "type") === "OnDelete") return "OnDelete";
  const partition = number(object, "spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
  return kind === "StatefulSet" && partition > 0 ? `partition ${partition}` : null;
};

interface Counts {
  readonly wanted: number;
  readonly updated: number;
  readonly ready: number;
  readonly settled: boolean;
  readonly failed: string | null;
}

const countsOf = (kind: RolledKind, object: Json): Counts => {
  const status = at(object, "status");
  const seen = (number(status, "observedGeneration") ?? 0) >= (number(object, "metadata", "generation") ?? 0);
  if (kind === "DaemonSet") {
    const wanted = number(status, "desiredNumberScheduled") ?? 0;
    const updated = number(status, "updatedNumberScheduled") ?? 0;
    const ready = number(status, "numberAvailable") ?? 0;
    return { wanted, updated, ready, settled: seen && updated >= wanted && ready >= wanted, failed: null };
  }
  const wanted = number(object, "spec", "replicas") ?? 1;
  const total = number(status, "replicas") ?? 0;
  const ready = number(status, kind === "Deployment" ? "availableReplicas" : "readyReplicas") ?? 0;
  const updated = number(status, "updatedReplicas") ?? 0;
  if (kind === "StatefulSet") {
    const done = text(status, "currentRevision") === text(status, "updateRevision") || wanted === 0;
    return { wanted, updated, ready, settled: seen && done && updated >= wanted && ready >= wanted, failed: null };
  }
  const late = list(status, "conditions").find(
    (one) => text(one, "type") === "Progressing" && text(one, "reason") === "ProgressDeadlineExceeded",
  );
  return {
    wanted,
    updated,
    ready,
    settled: seen && updated >= wanted && total <= updated && ready >= wanted,
    failed: seen && late !== undefined ? "its progress deadline is over" : null,
  };
};

const newest = (objects: readonly Json[], by: (object: Json) => number): Json | undefined =>
  objects.toSorted((a, b) => by(b) - by(a))[0];

const ownedBy = (object: Json, uid: string): boolean =>
  list(object, "metadata", "ownerReferences").some((owner) => text(owner, "uid") === uid);

/** The label value that pods of the newest template carry. */
const hashOf = (kind: RolledKind, object: Json, sets: readonly Json[], revisions: readonly Json[]): string | null => {
  const uid = text(object, "metadata", "uid") ?? "";
  if (kind === "StatefulSet") return text(object, "status", "updateRevision");
  if (kind === "Deployment") {
    const set = newest(
      sets.filter((one) => ownedBy(one, uid)),
      (one) => Number(text(one, "metadata", "annotations", "deployment.kubernetes.io/revision") ?? 0),
    );
    return text(set, "metadata", "labels", "pod-template-hash");
  }
  const revision = newest(
    revisions.filter((one) => ownedBy(one, uid)),
    (one) => number(one, "revision") ?? 0,
  );
  return text(revision, "metadata", "labels", "controller-revision-hash");
};

/** Everything in a namespace that tells of its workloads: the last part of the path -> the objects. */
export type WorkloadObjects = ReadonlyMap<string, readonly Json[]>;

/** The lists that make up `WorkloadObjects`, with their paths. */
export const workloadLists = (namespace: string): ReadonlyMap<string, string> =>
  new Map(
    ["replicasets", "controllerrevisions", ...rolledKinds.map(([, plural]) => plural)].map((plural) => [
      plural,
      `/apis/apps/v1/namespaces/${namespace}/${plural}`,
    ]),
  );

/** Deployments, StatefulSets and DaemonSets, and how far each has come. */
export const workloadsOf = (objects: WorkloadObjects, release: string | null, usesOf: UsesOf): Workload[] => {
  const [sets, revisions] = [objects.get("replicasets") ?? [], objects.get("controllerrevisions") ?? []];
  const workloadOf = (kind: RolledKind, object: Json): Workload => {
    const annotations = at(object, "spec", "template", "metadata", "annotations");
    return {
      kind,
      name: text(object, "metadata", "name") ?? "",
      uid: text(object, "metadata", "uid") ?? "",
      object,
      templateHash: hashOf(kind, object, sets, revisions),
      restartMark: isJson(annotations) ? text(annotations, marks.restart) : null,
      held: heldBack(kind, object),
      inRelease: release !== null && text(object, "metadata", "annotations", "meta.helm.sh/release-name") === release,
      uses: joined(usesOf(at(object, "spec", "template", "spec"))),
      ...countsOf(kind, object),
    };
  };
  return rolledKinds.flatMap(([kind, plural]) => (objects.get(plural) ?? []).map((object) => workloadOf(kind, object)));
};

/** The workloads of a namespace as they are now. */
export const readWorkloads = async (
  client: KubeClient,
  namespace: string,
  release: string | null,
  usesOf: UsesOf,
  signal?: AbortSignal,
): Promise<Workload[]> => {
  const lists = await Promise.all(
    [...workloadLists(namespace)].map(async ([plural, path]) => [plural, await client.list(path, { signal })] as const),
  );
  return workloadsOf(new Map(lists), release, usesOf);
};
