import { isNode, listAt, nodeAt, textAt, type ManifestObject, type Node } from "./manifests.ts";

export type ContainerKind = "container" | "init" | "sidecar" | "ephemeral";

/** One place where an object names the Secret. */
export interface Reference {
  readonly object: ManifestObject;
  readonly container: string | null;
  readonly containerKind: ContainerKind | null;
  readonly how: "env" | "envFrom" | "volume" | "subPath" | "imagePullSecrets" | "ingressTls";
  /** Null: all keys. */
  readonly key: string | null;
  readonly prefix: string;
  /** Name of the environment variable. */
  readonly envName: string | null;
  readonly optional: boolean;
}

/** What one container of a pod spec uses. */
export interface ContainerUses {
  readonly container: string;
  readonly containerKind: ContainerKind;
  readonly uses: "all" | readonly string[];
  readonly how: readonly ("env" | "volume" | "subPath")[];
  readonly references: readonly Omit<Reference, "object">[];
}

const containersOf = (pod: unknown): { container: Node; kind: ContainerKind }[] => [
  ...listAt(pod, "initContainers")
    .filter(isNode)
    .map((container) => ({
      container,
      kind: container["restartPolicy"] === "Always" ? ("sidecar" as const) : ("init" as const),
    })),
  ...listAt(pod, "containers")
    .filter(isNode)
    .map((container) => ({ container, kind: "container" as const })),
  ...listAt(pod, "ephemeralContainers")
    .filter(isNode)
    .map((container) => ({ container, kind: "ephemeral" as const })),
];

/** Volume name -> keys of the Secret in it (null: all), with whether they may be absent. */
const volumesOf = (
  pod: unknown,
  secretName: string,
): Map<string, { keys: readonly string[] | null; optional: boolean }> => {
  const volumes = new Map<string, { keys: readonly string[] | null; optional: boolean }>();
  for (const volume of listAt(pod, "volumes")) {
    const sources = [
      ...(textAt(volume, "secret", "secretName") === secretName ? [nodeAt(volume, "secret")] : []),
      ...listAt(volume, "projected", "sources")
        .filter((source) => textAt(source, "secret", "name") === secretName)
        .map((source) => nodeAt(source, "secret")),
    ];
    for (const source of sources) {
      const items = listAt(source, "items").flatMap((item) => textAt(item, "key") ?? []);
      const name = textAt(volume, "name") ?? "";
      const optional = nodeAt(source, "optional") === true;
      // A projected volume may take from the same Secret more than once.
      const before = volumes.get(name);
      const all = items.length === 0 || before?.keys === null;
      volumes.set(name, {
        keys: all ? null : [...(before?.keys ?? []), ...items],
        optional: optional && (before?.optional ?? true),
      });
    }
  }
  return volumes;
};

/** What each container of a pod spec uses of the Secret; containers that use nothing are left out. */
export const podReferences = (pod: unknown, { secretName }: { readonly secretName: string }): ContainerUses[] => {
  const volumes = volumesOf(pod, secretName);
  return containersOf(pod).flatMap(({ container, kind }) => {
    const name = textAt(container, "name") ?? "";
    const base = { container: name, containerKind: kind, prefix: "", envName: null };
    const references: Omit<Reference, "object">[] = [];
    for (const env of listAt(container, "env")) {
      const ref = nodeAt(env, "valueFrom", "secretKeyRef");
      if (textAt(ref, "name") !== secretName) continue;
      references.push({
        ...base,
        how: "env",
        key: textAt(ref, "key") ?? "",
        envName: textAt(env, "name"),
        optional: nodeAt(ref, "optional") === true,
      });
    }
    for (const from of listAt(container, "envFrom")) {
      const ref = nodeAt(from, "secretRef");
      if (textAt(ref, "name") !== secretName) continue;
      references.push({
        ...base,
        how: "envFrom",
        key: null,
        prefix: textAt(from, "prefix") ?? "",
        optional: nodeAt(ref, "optional") === true,
      });
    }
    for (const mount of listAt(container, "volumeMounts")) {
      const volume = volumes.get(textAt(mount, "name") ?? "");
      if (volume === undefined) continue;
      const how =
        textAt(mount, "subPath") === null && textAt(mount, "subPathExpr") === null
          ? ("volume" as const)
          : ("subPath" as const);
      for (const key of volume.keys ?? [null]) references.push({ ...base, how, key, optional: volume.optional });
    }
    if (references.length === 0) return [];
    const all = references.some(({ key }) => key === null);
    const keys = [...new Set(references.flatMap(({ key }) => key ?? []))].toSorted();
    const how = [
      ...new Set(
        references.map((reference) =>
          reference.how === "volume" || reference.how === "subPath" ? reference.how : ("env" as const),
        ),
      ),
    ];
    return [{ container: name, containerKind: kind, uses: all ? ("all" as const) : keys, how, references }];
  });
};

/** Every node below an object that has the shape of a pod spec. */
const podSpecs = (node: unknown, depth = 0): Node[] => {
  if (depth > 12) return [];
  if (Array.isArray(node)) return node.flatMap((item) => podSpecs(item, depth + 1));
  if (!isNode(node)) return [];
  const own = listAt(node, "containers").some(
    (container) => isNode(container) && (textAt(container, "image") !== null || textAt(container, "name") !== null),
  );
  return own ? [node] : Object.values(node).flatMap((value) => podSpecs(value, depth + 1));
};

/** Every reference of rendered objects to the Secret. */
export const references = (objects: readonly ManifestObject[], options: { readonly secretName: string }): Reference[] =>
  objects.flatMap((object) => {
    const found: Reference[] = podSpecs(object.body).flatMap((pod) => [
      ...podReferences(pod, options).flatMap((uses) => uses.references.map((reference) => ({ ...reference, object }))),
      ...listAt(pod, "imagePullSecrets")
        .filter((ref) => textAt(ref, "name") === options.secretName)
        .map(() => ({
          object,
          container: null,
          containerKind: null,
          how: "imagePullSecrets" as const,
          key: ".dockerconfigjson",
          prefix: "",
          envName: null,
          optional: false,
        })),
    ]);
    if (object.kind === "Ingress") {
      for (const tls of listAt(object.body, "spec", "tls")) {
        if (textAt(tls, "secretName") !== options.secretName) continue;
        for (const key of ["tls.crt", "tls.key"])
          found.push({
            object,
            container: null,
            containerKind: null,
            how: "ingressTls",
            key,
            prefix: "",
            envName: null,
            optional: false,
          });
      }
    }
    if (object.kind === "ServiceAccount") {
      for (const ref of listAt(object.body, "imagePullSecrets")) {
        if (textAt(ref, "name") !== options.secretName) continue;
        found.push({
          object,
          container: null,
          containerKind: null,
          how: "imagePullSecrets",
          key: ".dockerconfigjson",
          prefix: "",
          envName: null,
          optional: false,
        });
      }
    }
    return found;
  });

/** Path of the pod template in a kind; null: no template of its own. */
const templatePaths: ReadonlyMap<string, readonly string[]> = new Map([
  ["Deployment", ["spec", "template"]],
  ["StatefulSet", ["spec", "template"]],
  ["DaemonSet", ["spec", "template"]],
  ["ReplicaSet", ["spec", "template"]],
  ["ReplicationController", ["spec", "template"]],
  ["Job", ["spec", "template"]],
  ["CronJob", ["spec", "jobTemplate", "spec", "template"]],
  ["PodTemplate", ["template"]],
  ["Rollout", ["spec", "template"]],
  ["CloneSet", ["spec", "template"]],
  // Knative's; the Service that everybody knows has none.
  ["Service", ["spec", "template"]],
]);

export const templateOf = (object: ManifestObject): Node | null => {
  const path = templatePaths.get(object.kind);
  const template = path === undefined ? null : nodeAt(object.body, ...path);
  return isNode(template) ? template : null;
};

/** A pod template as text, to compare it; null: the object has none. */
export const templateText = (object: ManifestObject): string | null => {
  const template = templateOf(object);
  return template === null ? null : JSON.stringify(template);
};

export interface Consumer {
  readonly object: ManifestObject;
  readonly uses: "all" | readonly string[];
  /** Whether a new render makes other pods: a random or checksum value in the template; `unknown` with one render. */
  readonly rollTrigger: boolean | "unknown";
}

const checksum = /(^|\/)(checksum|hash)([./-]|$)/iu;

const hasTrigger = (object: ManifestObject, again: readonly ManifestObject[] | undefined): boolean | "unknown" => {
  const template = templateOf(object);
  if (template === null) return false;
  const annotations = nodeAt(template, "metadata", "annotations");
  if (isNode(annotations) && Object.keys(annotations).some((name) => checksum.test(name))) return true;
  if (again === undefined) return "unknown";
  const other = again.find((one) => one.kind === object.kind && one.name === object.name);
  const otherTemplate = other === undefined ? null : templateOf(other);
  return otherTemplate !== null && JSON.stringify(otherTemplate) !== JSON.stringify(template);
};

/** Objects with a pod template that use the Secret. */
export const consumers = (
  objects: readonly ManifestObject[],
  again: readonly ManifestObject[] | undefined,
  options: { readonly secretName: string },
): Consumer[] =>
  objects.flatMap((object) => {
    const template = templateOf(object);
    const found = template === null ? [] : podReferences(nodeAt(template, "spec"), options);
    if (found.length === 0) return [];
    const all = found.some(({ uses }) => uses === "all");
    const keys = [...new Set(found.flatMap(({ uses }) => (uses === "all" ? [] : uses)))].toSorted();
    return [{ object, uses: all ? ("all" as const) : keys, rollTrigger: hasTrigger(object, again) }];
  });
