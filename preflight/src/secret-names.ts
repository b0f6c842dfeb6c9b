import { listAt, textAt } from "./manifests.ts";

/** Names of the Secrets whose keys the containers of a pod spec read: by variable, by envFrom or as files. */
export const secretNames = (pod: unknown): string[] => {
  const containers = ["initContainers", "containers", "ephemeralContainers"].flatMap((field) => listAt(pod, field));
  const found = [
    ...containers.flatMap((container) => [
      ...listAt(container, "env").map((env) => textAt(env, "valueFrom", "secretKeyRef", "name")),
      ...listAt(container, "envFrom").map((from) => textAt(from, "secretRef", "name")),
    ]),
    ...listAt(pod, "volumes").flatMap((volume) => [
      textAt(volume, "secret", "secretName"),
      ...listAt(volume, "projected", "sources").map((source) => textAt(source, "secret", "name")),
    ]),
  ];
  return [...new Set(found.flatMap((name) => name ?? []))].toSorted();
};
