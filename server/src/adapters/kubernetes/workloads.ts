import type { RenderedObject } from "../../ports/rendered.ts";
import type { ContainerFacts, WorkloadFacts } from "../../ports/target.ts";
import { outsideRelease } from "../../ports/workload-kinds.ts";
import { addedKinds, listOf, ownKinds } from "./kinds/kinds.ts";
import { deployment } from "./kinds/apps.ts";
import { referenced } from "./kinds/argo.ts";
import { controllerOf, nameOf, uidOf, type Kind, type WorkloadObjects } from "./kinds/kind.ts";
import { at, isJson, list, number, text, time, type Json } from "./json.ts";

/** What a pod spec uses of the Secret; given by whoever knows the shapes of references. */
export type UsesOf = (podSpec: unknown) => readonly {
  readonly container: string;
  readonly containerKind: ContainerFacts["role"];
  readonly uses: "all" | readonly string[];
  readonly how: ContainerFacts["how"];
}[];

/** A workload with its object, for those who look closer. */
export interface Workload extends WorkloadFacts {
  readonly object: Json;
  readonly source: Kind;
  readonly settled: boolean;
  /** Why it cannot get there by waiting; null: it can. */
  readonly failed: string | null;
}

const joined = (uses: ReturnType<UsesOf>): "all" | readonly string[] =>
  uses.some((one) => one.uses === "all")
    ? "all"
    : [...new Set(uses.flatMap((one) => (one.uses === "all" ? [] : one.uses)))].toSorted();

/** Deployments that are somebody's tool: a Knative revision's, and one that only keeps the template of a Rollout. */
const isHidden = (object: Json, objects: WorkloadObjects): boolean => {
  const owner = controllerOf(object);
  if (text(owner, "kind") === "Revision" && objects.has("services.serving.knative.dev")) return true;
  const runs = number(object, "spec", "replicas") !== 0 || (number(object, "status", "replicas") ?? 0) > 0;
  return !runs && (objects.get("rollouts.argoproj.io") ?? []).some((one) => referenced(one, objects) === object);
};

/** Who wrote the pod template last, besides Keyroll and the cluster's own controllers; null: nobody did. */
const templateManager = (object: Json): string | null => {
  const others = list(object, "metadata", "managedFields").filter((entry) => {
    const manager = text(entry, "manager") ?? "keyroll";
    return (
      isJson(at(entry, "fieldsV1", "f:spec", "f:template")) && !["keyroll", "kube-controller-manager"].includes(manager)
    );
  });
  const [last] = others.toSorted((a, b) => (time(b, "time") ?? 0) - (time(a, "time") ?? 0));
  return text(last, "manager");
};

const workloadOf = (
  kind: Kind,
  object: Json,
  objects: WorkloadObjects,
  release: string | null,
  usesOf: UsesOf,
): Workload => {
  const inRelease =
    release !== null && text(object, "metadata", "annotations", "meta.helm.sh/release-name") === release;
  const holder = kind.kind === "Rollout" ? referenced(object, objects) : null;
  return {
    kind: kind.kind,
    name: nameOf(object),
    templateIn: holder === null ? null : { kind: "Deployment", name: nameOf(holder) },
    uid: uidOf(object),
    object,
    source: kind,
    rolls: kind.kind !== "CronJob",
    templateHash: kind.hash(object, objects),
    restartMark: kind.mark(object, objects),
    templateManager: templateManager(object),
    held: kind.held(object) ?? (release !== null && !inRelease ? outsideRelease : null),
    inRelease,
    uses: joined(usesOf(at(kind.template(object, objects), "spec"))),
    ...kind.progress(object, objects),
  };
};

/** Everything that keeps pods, as its kind and its object. */
export const keepersOfPods = (objects: WorkloadObjects): readonly { readonly kind: Kind; readonly object: Json }[] =>
  [...ownKinds, ...addedKinds].flatMap((kind) =>
    (objects.get(listOf(kind)) ?? [])
      .filter((object) => kind.kind !== "Deployment" || !isHidden(object, objects))
      .map((object) => ({ kind, object })),
  );

/** The same, and how far each has come. */
export const workloadsOf = (objects: WorkloadObjects, release: string | null, usesOf: UsesOf): Workload[] =>
  keepersOfPods(objects).map(({ kind, object }) => workloadOf(kind, object, objects, release, usesOf));

const manifestOf = ({ kind, group, version }: Kind, body: Json): RenderedObject => ({
  // A list does not say it of each of its items.
  apiVersion: `${group}/${version}`,
  kind,
  namespace: text(body, "metadata", "namespace"),
  name: nameOf(body),
  body,
});

/** A workload as the cluster holds it, and the object in which it keeps its pod template. */
export const manifestsOf = ({ source, object }: Workload, objects: WorkloadObjects): RenderedObject[] => {
  const holder = source.kind === "Rollout" ? referenced(object, objects) : null;
  return [manifestOf(source, object), ...(holder === null ? [] : [manifestOf(deployment, holder)])];
};
