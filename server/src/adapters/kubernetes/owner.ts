import type { SecretOwner } from "../../ports/target.ts";
import { at, isJson, list, text, type Json } from "./json.ts";

interface Sign {
  readonly name: string;
  readonly is: (labels: Json, annotations: Json, owners: readonly unknown[]) => boolean;
  readonly steps: string;
}

const kindIs = (owners: readonly unknown[], kind: string): boolean =>
  owners.some((owner) => text(owner, "kind") === kind);
const some = (map: Json, prefix: string): boolean => Object.keys(map).some((name) => name.startsWith(prefix));

/** Who else keeps Secrets in clusters, how they are recognised, and how to move over. One row each. */
const signs: readonly Sign[] = [
  {
    name: "External Secrets",
    is: (labels, annotations, owners) =>
      kindIs(owners, "ExternalSecret") ||
      some(labels, "reconcile.external-secrets.io/") ||
      some(annotations, "reconcile.external-secrets.io/"),
    steps: "Set deletionPolicy: Retain on its ExternalSecret, delete the ExternalSecret, then deploy with --adopt.",
  },
  {
    name: "the Vault Secrets Operator",
    is: (labels, _annotations, owners) =>
      kindIs(owners, "VaultStaticSecret") || labels["secrets.hashicorp.com/vso-ownerRefUID"] !== undefined,
    steps: "Remove the VaultStaticSecret with the Secret kept (drop the ownerReference), then deploy with --adopt.",
  },
  {
    name: "the Infisical operator",
    is: (_labels, annotations, owners) =>
      kindIs(owners, "InfisicalSecret") || some(annotations, "secrets.infisical.com/"),
    steps: "Set creationPolicy: Orphan on its InfisicalSecret, delete it, then deploy with --adopt.",
  },
  {
    name: "the Doppler operator",
    is: (labels, annotations) => some(labels, "secrets.doppler.com/") || some(annotations, "secrets.doppler.com/"),
    steps: "Delete its DopplerSecret, then deploy with --adopt.",
  },
  {
    name: "Sealed Secrets",
    is: (_labels, annotations, owners) =>
      kindIs(owners, "SealedSecret") || some(annotations, "sealedsecrets.bitnami.com/"),
    steps:
      "Annotate the SealedSecret with sealedsecrets.bitnami.com/skip-set-owner-references, delete it, then deploy with --adopt.",
  },
  {
    name: "Argo CD",
    is: (labels, annotations) =>
      annotations["argocd.argoproj.io/tracking-id"] !== undefined ||
      labels["argocd.argoproj.io/instance"] !== undefined,
    steps:
      "Take the Secret out of the Application's sources with Prune=false on it, sync, remove the tracking mark, then deploy with --adopt.",
  },
  {
    name: "Flux",
    is: (labels) => some(labels, "kustomize.toolkit.fluxcd.io/") || some(labels, "helm.toolkit.fluxcd.io/"),
    steps:
      "Take the Secret out of the Kustomization with kustomize.toolkit.fluxcd.io/prune: disabled on it, reconcile, then deploy with --adopt.",
  },
  {
    name: "a Helm release",
    is: (labels, annotations) =>
      labels["app.kubernetes.io/managed-by"] === "Helm" || annotations["meta.helm.sh/release-name"] !== undefined,
    steps:
      "Take the Secret out of the chart with helm.sh/resource-policy: keep on it, upgrade, remove Helm's marks, then deploy with --adopt.",
  },
];

/** Whoever lives off the Secret besides us; null: nobody is known. */
export const ownerOf = (secret: Json): SecretOwner | null => {
  const labels = at(secret, "metadata", "labels");
  const annotations = at(secret, "metadata", "annotations");
  const owners = list(secret, "metadata", "ownerReferences");
  const sign = signs.find((one) =>
    one.is(isJson(labels) ? labels : {}, isJson(annotations) ? annotations : {}, owners),
  );
  if (sign !== undefined) return { name: sign.name, steps: sign.steps };
  const [owner] = owners;
  if (owner === undefined) return null;
  return {
    name: `${text(owner, "kind") ?? "an object"} ${text(owner, "name") ?? ""}`.trim(),
    steps: "Remove the ownerReference (deleting the owner would delete the Secret), then deploy with --adopt.",
  };
};
