import { isNode, isTrue, listAt, nodeAt, textAt, type Node } from "./manifests.ts";
import { containersOf, type ContainerKind } from "./pods.ts";
import type { Reference } from "./references.ts";

type Place = Omit<Reference, "object">;

/** What one container of a pod spec uses. */
export interface ContainerUses {
  readonly container: string;
  readonly containerKind: ContainerKind;
  readonly uses: "all" | readonly string[];
  readonly how: readonly ("env" | "volume" | "subPath")[];
  readonly references: readonly Place[];
}

interface SecretVolume {
  /** Keys of the Secret in it; null: all. */
  readonly keys: readonly string[] | null;
  readonly optional: boolean;
}

/** Volumes that hold the Secret, by name. */
const volumesOf = (pod: unknown, secretName: string): Map<string, SecretVolume> => {
  const volumes = new Map<string, SecretVolume>();
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
      const optional = isTrue(source, "optional");
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
  return containersOf(pod).flatMap(({ container, name, kind }) => {
    const base = { container: name, containerKind: kind, prefix: "", envName: null };
    const references = [
      ...envOf(container, secretName, base),
      ...listAt(container, "volumeMounts").flatMap((mount): Place[] => {
        const volume = volumes.get(textAt(mount, "name") ?? "");
        if (volume === undefined) return [];
        const isPart = textAt(mount, "subPath") !== null || textAt(mount, "subPathExpr") !== null;
        const how = isPart ? ("subPath" as const) : ("volume" as const);
        return (volume.keys ?? [null]).map((key) => ({ ...base, how, key, optional: volume.optional }));
      }),
    ];
    if (references.length === 0) return [];
    const all = references.some(({ key }) => key === null);
    const keys = [...new Set(references.flatMap(({ key }) => key ?? []))].toSorted();
    const ways = references.map(({ how }) => (how === "volume" || how === "subPath" ? how : ("env" as const)));
    const uses = all ? ("all" as const) : keys;
    return [{ container: name, containerKind: kind, uses, how: [...new Set(ways)], references }];
  });
};

const envOf = (
  container: Node,
  secretName: string,
  base: Pick<Place, "container" | "containerKind" | "prefix" | "envName">,
): Place[] => [
  ...listAt(container, "env").flatMap((env): Place[] => {
    const ref = nodeAt(env, "valueFrom", "secretKeyRef");
    if (textAt(ref, "name") !== secretName) return [];
    const key = textAt(ref, "key") ?? "";
    return [{ ...base, how: "env", key, envName: textAt(env, "name"), optional: isTrue(ref, "optional") }];
  }),
  ...listAt(container, "envFrom").flatMap((from): Place[] => {
    const ref = nodeAt(from, "secretRef");
    if (textAt(ref, "name") !== secretName) return [];
    const prefix = textAt(from, "prefix") ?? "";
    return [{ ...base, how: "envFrom", key: null, prefix, optional: isTrue(ref, "optional") }];
  }),
];

/** Where volume types of old name the Secret that holds their credentials. */
const credentials: readonly (readonly [type: string, ref: string, keys: readonly string[] | null])[] = [
  ["csi", "nodePublishSecretRef", null],
  ["azureFile", "secretName", ["azurestorageaccountname", "azurestorageaccountkey"]],
  ["cephfs", "secretRef", null],
  ["iscsi", "secretRef", null],
  ["rbd", "secretRef", null],
  ["scaleIO", "secretRef", null],
  ["storageos", "secretRef", null],
  ["flexVolume", "secretRef", null],
];

const place = (how: Reference["how"], key: string | null, optional = false): Place => ({
  container: null,
  containerKind: null,
  how,
  key,
  prefix: "",
  envName: null,
  optional,
});

/** What a pod needs of the Secret before any of its containers starts. */
export const podPlaces = (pod: unknown, { secretName }: { readonly secretName: string }): Place[] => {
  const mounted = new Set(
    containersOf(pod).flatMap(({ container }) =>
      listAt(container, "volumeMounts").flatMap((mount) => textAt(mount, "name") ?? []),
    ),
  );
  const unmounted = [...volumesOf(pod, secretName)].filter(([name]) => !mounted.has(name));
  return [
    // The kubelet makes a volume that nobody mounts, too, and waits for what is missing.
    ...unmounted.flatMap(([, { keys, optional }]) => (keys ?? [null]).map((key) => place("volume", key, optional))),
    ...listAt(pod, "volumes").flatMap((volume) =>
      credentials.flatMap(([type, ref, keys]) => {
        const named = nodeAt(volume, type, ref);
        const name = isNode(named) ? named["name"] : named;
        return name === secretName ? (keys ?? [null]).map((key) => place("credentials", key)) : [];
      }),
    ),
    ...listAt(pod, "imagePullSecrets")
      .filter((ref) => textAt(ref, "name") === secretName)
      .map(() => place("imagePullSecrets", ".dockerconfigjson")),
  ];
};
