import { env, object, rolled, workload } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("missing-key");

says("required", rolled(env("NOPE")), "error main NOPE");
silent("saved", rolled(env("A")));
silent("optional", rolled(env("NOPE", "N", ", optional: true")));
silent("of another Secret", rolled(env("NOPE").replace("app-secrets", "other")));
says(
  "of a volume that nobody mounts",
  rolled("", "volumes: [{name: v, secret: {secretName: app-secrets, items: [{key: NOPE, path: n}]}}]"),
  "error NOPE",
);
says("azureFile names two", rolled("", "volumes: [{name: v, azureFile: {secretName: app-secrets}}]"), [
  "error azurestorageaccountname",
  "error azurestorageaccountkey",
]);
says(
  "an Ingress needs a certificate",
  object("Ingress", "i", "spec: {tls: [{secretName: app-secrets}]}", "networking.k8s.io/v1"),
  ["error tls.crt", "error tls.key"],
);
says(
  "a test hook fails only when it is asked for",
  workload({ kind: "Pod", container: env("NOPE"), head: "annotations: {helm.sh/hook: test}" }),
  "warning main NOPE",
);
says(
  "an upgrade hook stops the deployment",
  workload({ kind: "Job", container: env("NOPE"), head: "annotations: {helm.sh/hook: 'post-install,pre-upgrade'}" }),
  "error main NOPE",
);
says(
  "a controller of its own",
  object("Monitor", "m", "spec: {auth: {name: app-secrets, key: NOPE}}", "example.com/v1"),
  "warning NOPE",
);
silent("another namespace", workload({ container: env("NOPE"), head: "namespace: other" }));
silent("a removed key has a finding of its own", rolled(env("OLD")), { removedKeys: ["OLD"] });
