import { object } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("secret-made-by-operator");

const external = (rest: string): string =>
  object("ExternalSecret", "app-secrets", `spec: {${rest}}`, "external-secrets.io/v1");

says("External Secrets, by its own name", external(""), "error");
silent("External Secrets, another target", external("target: {name: other}"));
silent("External Secrets, told to make no Secret", external("target: {name: app-secrets, creationPolicy: None}"));
for (const policy of ["Owner", "Orphan", "Merge"])
  says(`External Secrets, creationPolicy ${policy}`, external(`target: {creationPolicy: ${policy}}`), "error");
says("a sealed one", object("SealedSecret", "app-secrets", "spec: {}", "bitnami.com/v1alpha1"), "error");
says(
  "Vault's operator",
  object("VaultStaticSecret", "v", "spec: {destination: {name: app-secrets}}", "secrets.hashicorp.com/v1beta1"),
  "error",
);
says(
  "the CSI driver",
  object(
    "SecretProviderClass",
    "v",
    "spec: {secretObjects: [{secretName: app-secrets}]}",
    "secrets-store.csi.x-k8s.io/v1",
  ),
  "error",
);
silent(
  "a certificate elsewhere",
  object("Certificate", "app-secrets", "spec: {secretName: tls}", "cert-manager.io/v1"),
);
