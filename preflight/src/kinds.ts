import { isNode, nodeAt, textAt, type ManifestObject, type Node } from "./manifests.ts";

/** What a changed pod template of a kind leads to. */
type Follows =
  /** other pods, one after the other */
  | "rolls"
  /** nothing: only pods that are made later have it */
  | "keeps"
  /** pods that run once take it from the next run on */
  | "runs";

interface Kind {
  /** Of the API group; the core kinds have several. */
  readonly group: RegExp;
  readonly path: readonly string[];
  readonly follows: Follows;
  /** The API server knows the fields of its template and refuses others. */
  readonly builtIn: boolean;
}

const spec = ["spec", "template"];
const core = /^(?:apps|extensions|batch|)\//u;
const builtIn = (follows: Follows, path: readonly string[] = spec): Kind => ({
  group: core,
  path,
  follows,
  builtIn: true,
});
const custom = (group: string, follows: Follows, path: readonly string[] = spec): Kind => ({
  group: new RegExp(`^${group.replaceAll(".", String.raw`\.`)}/`, "u"),
  path,
  follows,
  builtIn: false,
});

const kruise = custom("apps.kruise.io", "rolls");
const kinds: ReadonlyMap<string, readonly Kind[]> = new Map([
  ["Deployment", [builtIn("rolls")]],
  ["StatefulSet", [builtIn("rolls"), kruise]],
  ["DaemonSet", [builtIn("rolls"), kruise]],
  ["CloneSet", [kruise]],
  ["Rollout", [custom("argoproj.io", "rolls")]],
  ["Service", [custom("serving.knative.dev", "rolls")]],
  ["Configuration", [custom("serving.knative.dev", "rolls")]],
  ["ReplicaSet", [builtIn("keeps")]],
  ["ReplicationController", [builtIn("keeps")]],
  ["Job", [builtIn("runs")]],
  ["CronJob", [builtIn("runs", ["spec", "jobTemplate", "spec", "template"])]],
  ["PodTemplate", [builtIn("keeps", ["template"])]],
]);

/** `v1` has no group. */
const groupOf = ({ apiVersion }: ManifestObject): string => (apiVersion.includes("/") ? apiVersion : `/${apiVersion}`);

export const kindOf = (object: ManifestObject): Kind | null =>
  kinds.get(object.kind)?.find(({ group }) => group.test(groupOf(object))) ?? null;

/** The pod template of an object; null: it has none of its own (a Pod, a Rollout that names a Deployment). */
export const templateOf = (object: ManifestObject): Node | null => {
  const kind = kindOf(object);
  const template = kind === null ? null : nodeAt(object.body, ...kind.path);
  return isNode(template) ? template : null;
};

/** Whether a changed template makes other pods; a Job's or a CronJob's next run has it anyway. */
export const rolls = (object: ManifestObject): boolean => kindOf(object)?.follows === "rolls";

const workflows = new Set(["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow"]);

/** The part of an Argo Workflow that holds its templates; null: the object is none. */
export const workflowOf = (object: ManifestObject): Node | null => {
  if (!workflows.has(object.kind) || !object.apiVersion.startsWith("argoproj.io/")) return null;
  const found = nodeAt(object.body, "spec", ...(object.kind === "CronWorkflow" ? ["workflowSpec"] : []));
  return isNode(found) ? found : null;
};

/** Argo Rollouts that roll a Deployment's template instead of the Deployment, by its name. */
export const rolloutsByDeployment = (objects: readonly ManifestObject[]): ReadonlyMap<string, ManifestObject> =>
  new Map(
    objects
      .filter(({ kind, body }) => kind === "Rollout" && textAt(body, "spec", "workloadRef", "kind") === "Deployment")
      .map((object) => [textAt(object.body, "spec", "workloadRef", "name") ?? "", object]),
  );

/** Hooks of Helm that run while it installs or upgrades; others run at `helm test`, delete or rollback only. */
export const runsAtDeploy = ({ origin, body }: ManifestObject): boolean => {
  if (origin !== "hook") return true;
  const hooks = textAt(body, "metadata", "annotations", "helm.sh/hook");
  return hooks === null || /\b(?:pre|post)-(?:install|upgrade)\b/u.test(hooks);
};
