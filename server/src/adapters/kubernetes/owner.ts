import type { SecretOwner } from "../../ports/target.ts";
import { at, isJson, list, text, type Json } from "./json.ts";

interface Sign {
  readonly name: string;
  /** Of the object that owns the Secret. */
  readonly kind?: string;
  /** How `name=value` of a label begins that only this one puts there. */
  readonly labels?: readonly string[];
  readonly annotations?: readonly string[];
  /** How it lets go of the Secret. What it has written on it, it leaves there. */
  readonly steps: string;
}

/** Who else keeps Secrets in clusters, how they are recognised, and how to move over. One row each. */
const signs: readonly Sign[] = [
  {
    name: "External Secrets",
    kind: "ExternalSecret",
    labels: ["reconcile.external-secrets.io/"],
    annotations: ["reconcile.external-secrets.io/"],
    steps: "Delete its ExternalSecret with --cascade=orphan, without which the Secret goes with it.",
  },
  {
    name: "the Vault Secrets Operator",
    kind: "VaultStaticSecret",
    labels: ["secrets.hashicorp.com/vso-ownerRefUID="],
    steps: "Remove the VaultStaticSecret with the Secret kept (drop the ownerReference).",
  },
  {
    name: "the Infisical operator",
    kind: "InfisicalSecret",
    annotations: ["secrets.infisical.com/"],
    steps: "Set creationPolicy: Orphan on its InfisicalSecret, and delete that.",
  },
  {
    name: "the Doppler operator",
    labels: ["secrets.doppler.com/"],
    annotations: ["secrets.doppler.com/"],
    steps: "Delete its DopplerSecret.",
  },
  {
    name: "Sealed Secrets",
    kind: "SealedSecret",
    annotations: ["sealedsecrets.bitnami.com/"],
    steps: "Annotate the SealedSecret with sealedsecrets.bitnami.com/skip-set-owner-references, and delete it.",
  },
  {
    name: "Argo CD",
    labels: ["argocd.argoproj.io/instance="],
    annotations: ["argocd.argoproj.io/tracking-id="],
    steps: "Take the Secret out of the Application's sources with Prune=false on it, and sync.",
  },
  {
    name: "Flux",
    labels: ["kustomize.toolkit.fluxcd.io/", "helm.toolkit.fluxcd.io/"],
    steps:
      "Take the Secret out of the Kustomization with kustomize.toolkit.fluxcd.io/prune: disabled on it, and reconcile.",
  },
  {
    name: "a Helm release",
    labels: ["app.kubernetes.io/managed-by=Helm"],
    annotations: ["meta.helm.sh/release-"],
    steps: "Take the Secret out of the chart with helm.sh/resource-policy: keep on it, and upgrade.",
  },
];

/** Names of what begins so, with the word for what they are. */
const found = (what: string, map: unknown, prefixes: readonly string[] = []): string[] =>
  Object.entries(isJson(map) ? map : {}).flatMap(([name, value]) =>
    prefixes.some((prefix) => `${name}=${String(value)}`.startsWith(prefix)) ? [`${what} ${name}`] : [],
  );

/** Whoever lives off the Secret besides us; null: nobody is known. */
export const ownerOf = (secret: Json): SecretOwner | null => {
  const labels = at(secret, "metadata", "labels");
  const annotations = at(secret, "metadata", "annotations");
  const owners = list(secret, "metadata", "ownerReferences");
  for (const sign of signs) {
    const marks = [...found("label", labels, sign.labels), ...found("annotation", annotations, sign.annotations)];
    const isOwner = sign.kind !== undefined && owners.some((owner) => text(owner, "kind") === sign.kind);
    if (marks.length === 0 && !isOwner) continue;
    const last =
      marks.length === 0 ? "Then deploy with --adopt." : `Take off it ${marks.join(", ")}; then deploy with --adopt.`;
    return { name: sign.name, steps: `${sign.steps} ${last}` };
  }
  const [owner] = owners;
  if (owner === undefined) return null;
  return {
    name: `${text(owner, "kind") ?? "an object"} ${text(owner, "name") ?? ""}`.trim(),
    steps: "Remove the ownerReference (deleting the owner would delete the Secret), then deploy with --adopt.",
  };
};
