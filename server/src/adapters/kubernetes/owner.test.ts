import { expect, test } from "vitest";
import { ownerOf } from "./owner.ts";

type Marks = Readonly<Record<string, string>>;
const secret = (marks: {
  readonly labels?: Marks;
  readonly annotations?: Marks;
  readonly owner?: readonly [kind: string, name: string];
}) => ({
  metadata: {
    labels: { team: "shop", ...marks.labels },
    annotations: { note: "x", ...marks.annotations },
    ...(marks.owner === undefined
      ? {}
      : { ownerReferences: [{ kind: marks.owner[0], name: marks.owner[1], uid: "u", controller: true }] }),
  },
});

test.each([
  ["External Secrets", { labels: { "reconcile.external-secrets.io/managed": "true" } }],
  ["External Secrets", { annotations: { "reconcile.external-secrets.io/data-hash": "1" } }],
  ["External Secrets", { owner: ["ExternalSecret", "shop"] }],
  ["the Vault Secrets Operator", { labels: { "secrets.hashicorp.com/vso-ownerRefUID": "u" } }],
  ["the Vault Secrets Operator", { owner: ["VaultStaticSecret", "shop"] }],
  ["the Infisical operator", { annotations: { "secrets.infisical.com/version": "1" } }],
  ["the Infisical operator", { owner: ["InfisicalSecret", "shop"] }],
  ["the Doppler operator", { labels: { "secrets.doppler.com/subtype": "dopplerSecret" } }],
  ["the Doppler operator", { annotations: { "secrets.doppler.com/version": "W/1" } }],
  ["Sealed Secrets", { annotations: { "sealedsecrets.bitnami.com/managed": "true" } }],
  ["Sealed Secrets", { owner: ["SealedSecret", "shop"] }],
  ["Argo CD", { labels: { "argocd.argoproj.io/instance": "shop" } }],
  ["Argo CD", { annotations: { "argocd.argoproj.io/tracking-id": "shop:/Secret:shop/app-secrets" } }],
  ["Flux", { labels: { "kustomize.toolkit.fluxcd.io/name": "shop" } }],
  ["Flux", { labels: { "helm.toolkit.fluxcd.io/name": "shop" } }],
  ["a Helm release", { labels: { "app.kubernetes.io/managed-by": "Helm" } }],
  ["a Helm release", { annotations: { "meta.helm.sh/release-name": "shop" } }],
  ["Database main", { owner: ["Database", "main"] }],
] as const)("%s is known by %o", (name, marks) => {
  const owner = ownerOf(secret(marks));
  expect(owner?.name).toBe(name);
  // What the owner leaves on the Secret would go on saying that it is the owner's.
  for (const mark of Object.keys({
    ...("labels" in marks && marks.labels),
    ...("annotations" in marks && marks.annotations),
  }))
    expect(owner?.steps).toContain(mark);
  expect(owner?.steps).toMatch(/then deploy with --adopt\.$/iu);
});

test("marks that say nothing of an owner are nobody's, and an operator goes before whoever applies it", () => {
  expect(ownerOf(secret({}))).toBeNull();
  expect(ownerOf({ metadata: {} })).toBeNull();
  const nobody = { "app.kubernetes.io/managed-by": "kustomize", "app.kubernetes.io/instance": "shop" };
  expect(ownerOf(secret({ labels: nobody, annotations: { "argocd.argoproj.io/sync-wave": "1" } }))).toBeNull();
  const both = { "reconcile.external-secrets.io/managed": "true", "argocd.argoproj.io/instance": "shop" };
  expect(ownerOf(secret({ labels: both }))?.name).toBe("External Secrets");
});
