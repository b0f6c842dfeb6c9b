import { workflowOf } from "./kinds.ts";
import { isNode, listAt, textAt, type ManifestObject, type Node } from "./manifests.ts";

export type ContainerKind = "container" | "init" | "sidecar" | "ephemeral";

/** One container of a pod spec. */
export interface PodContainer {
  readonly container: Node;
  readonly name: string;
  readonly kind: ContainerKind;
}

/** Every container of a pod spec. */
export const containersOf = (pod: unknown): PodContainer[] => {
  const of = (list: string, kindOf: (container: Node) => ContainerKind): PodContainer[] =>
    listAt(pod, list)
      .filter(isNode)
      .map((container) => ({ container, name: textAt(container, "name") ?? "", kind: kindOf(container) }));
  return [
    ...of("initContainers", ({ restartPolicy }) => (restartPolicy === "Always" ? "sidecar" : "init")),
    ...of("containers", () => "container"),
    // Of an Argo Workflow only.
    ...of("sidecars", () => "sidecar"),
    ...of("ephemeralContainers", () => "ephemeral"),
  ];
};

const isPodSpec = (node: Node): boolean =>
  listAt(node, "containers").some(
    (container) => isNode(container) && (textAt(container, "image") !== null || textAt(container, "name") !== null),
  );

/** What is read of a pod spec where it is one. */
const parts = new Set(["containers", "initContainers", "ephemeralContainers", "volumes", "imagePullSecrets"]);

/** Data, and schemas that only look like what they describe. */
const inert = new Set(["ConfigMap", "Secret", "CustomResourceDefinition", "Event"]);

interface Found {
  readonly pods: readonly Node[];
  /** Every other map, with the key under which it lies. */
  readonly others: readonly { readonly key: string; readonly node: Node }[];
}

/** Workflow templates keep their containers under other names than pods do, and share volumes. */
const workflowPods = (spec: Node): Node[] => {
  const shared = listAt(spec, "volumes");
  const templates = [...listAt(spec, "templates"), spec["templateDefaults"]].filter(isNode);
  return [
    { imagePullSecrets: listAt(spec, "imagePullSecrets"), containers: [] },
    ...templates.map((template) => ({
      containers: [
        ...[template["container"], template["script"]]
          .filter(isNode)
          .map((container) => ({ ...container, name: textAt(container, "name") ?? "main" })),
        ...listAt(template, "containerSet", "containers"),
      ],
      initContainers: listAt(template, "initContainers"),
      sidecars: listAt(template, "sidecars"),
      volumes: [...shared, ...listAt(template, "volumes")],
    })),
  ];
};

const cache = new WeakMap<ManifestObject, Found>();

/** Every part of an object that has the shape of a pod spec, whatever its kind, and the rest of it. */
export const lookInto = (object: ManifestObject): Found => {
  const known = cache.get(object);
  if (known !== undefined) return known;
  const pods: Node[] = [];
  const others: { key: string; node: Node }[] = [];
  // An alias can lead back to where it came from.
  const seen = new Set<unknown>();
  const walk = (value: unknown, key: string): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (Array.isArray(value)) for (const item of value) walk(item, key);
    else if (isNode(value)) {
      const isPod = isPodSpec(value);
      if (isPod) pods.push(value);
      else others.push({ key, node: value });
      // A custom object can be a pod spec and more.
      for (const [name, inner] of Object.entries(value)) if (!isPod || !parts.has(name)) walk(inner, name);
    }
  };
  const workflow = workflowOf(object);
  if (workflow !== null) pods.push(...workflowPods(workflow));
  else if (!inert.has(object.kind)) walk(object.body, "");
  const found = { pods, others };
  cache.set(object, found);
  return found;
};

export const podsOf = (object: ManifestObject): readonly Node[] => lookInto(object).pods;
