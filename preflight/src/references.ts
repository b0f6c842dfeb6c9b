import { isTrue, listAt, nodeAt, textAt, type ManifestObject, type Node } from "./manifests.ts";
import { podPlaces, podReferences } from "./pod-references.ts";
import { lookInto, type ContainerKind } from "./pods.ts";

/** One place where an object names the Secret. */
export interface Reference {
  readonly object: ManifestObject;
  readonly container: string | null;
  readonly containerKind: ContainerKind | null;
  readonly how:
    | "env"
    | "envFrom"
    | "volume"
    | "subPath"
    /** credentials of a volume, used when it is mounted */
    | "credentials"
    | "imagePullSecrets"
    | "ingressTls"
    | "serviceAccount"
    /** in an object whose controller alone knows what it does with it */
    | "other";
  /** Null: all keys. */
  readonly key: string | null;
  readonly prefix: string;
  /** Name of the environment variable. */
  readonly envName: string | null;
  readonly optional: boolean;
}

interface Options {
  readonly secretName: string;
  readonly namespace?: string;
}

const here = { container: null, containerKind: null, prefix: "", envName: null, optional: false } as const;

/** Maps that name the Secret as CRDs do: `{name, key}`, or `secretRef: {name}`. */
const otherPlace = (key: string, node: Node, secretName: string): Omit<Reference, "object">[] => {
  if (node["name"] !== secretName) return [];
  const named = textAt(node, "key");
  if (named !== null) return [{ ...here, how: "other", key: named, optional: isTrue(node, "optional") }];
  return /secretRef$/iu.test(key) ? [{ ...here, how: "other", key: null, optional: isTrue(node, "optional") }] : [];
};

const placesOf = (object: ManifestObject, options: Options): Omit<Reference, "object">[] => {
  const { secretName } = options;
  const { pods, others } = lookInto(object);
  const found = pods.flatMap((pod) => [
    ...podReferences(pod, options).flatMap(({ references: places }) => places),
    ...podPlaces(pod, options),
  ]);
  if (object.kind === "Ingress") {
    return listAt(object.body, "spec", "tls").flatMap((tls) =>
      textAt(tls, "secretName") === secretName
        ? ["tls.crt", "tls.key"].map((key) => ({ ...here, how: "ingressTls" as const, key }))
        : [],
    );
  }
  if (object.kind === "ServiceAccount") {
    const names = (list: string): number =>
      listAt(object.body, list).filter((ref) => textAt(ref, "name") === secretName).length;
    return [
      ...(names("imagePullSecrets") > 0
        ? [{ ...here, how: "imagePullSecrets" as const, key: ".dockerconfigjson" }]
        : []),
      ...(names("secrets") > 0 ? [{ ...here, how: "serviceAccount" as const, key: null }] : []),
    ];
  }
  return [...found, ...others.flatMap(({ key, node }) => otherPlace(key, node, secretName))];
};

/** Every reference of rendered objects to a Secret of this name, in whatever namespace. */
export const references = (objects: readonly ManifestObject[], options: Options): Reference[] =>
  objects.flatMap((object) => placesOf(object, options).map((one) => ({ ...one, object })));

/** Whether an object lies in the environment's namespace, as far as it says. */
export const isHere = (object: ManifestObject, namespace: string): boolean =>
  (object.namespace ?? namespace) === namespace;

/** Names of other Secrets that containers of an object read. */
export const otherSecrets = (object: ManifestObject): { readonly name: string; readonly container: string }[] =>
  lookInto(object).pods.flatMap((pod) =>
    [...listAt(pod, "containers"), ...listAt(pod, "initContainers")].flatMap((container) => {
      const names = [
        ...listAt(container, "env").map((env) => textAt(env, "valueFrom", "secretKeyRef", "name")),
        ...listAt(container, "envFrom").map((from) => textAt(nodeAt(from, "secretRef"), "name")),
      ];
      return names.flatMap((name) => (name === null ? [] : [{ name, container: textAt(container, "name") ?? "" }]));
    }),
  );
