import { allKeys, env, object, rolled } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("env-shadowed");

const configMap = object("ConfigMap", "conf", "data: {A: x, C: y}");

says("by env", rolled(`env: [{name: A, value: x}], ${allKeys}`), "warning main A");
says("by another key", rolled(`${env("B", "A")}, ${allKeys}`), "warning main A");
silent("by the same key", rolled(`${env("A")}, ${allKeys}`));
says(
  "by a later ConfigMap",
  configMap + rolled("envFrom: [{secretRef: {name: app-secrets}}, {configMapRef: {name: conf}}]"),
  "warning main A",
);
silent(
  "an earlier ConfigMap loses",
  configMap + rolled("envFrom: [{configMapRef: {name: conf}}, {secretRef: {name: app-secrets}}]"),
);
silent(
  "with a prefix it is another name",
  configMap + rolled("envFrom: [{secretRef: {name: app-secrets}}, {prefix: P_, configMapRef: {name: conf}}]"),
);
silent(
  "what is not rendered is not known",
  rolled("envFrom: [{secretRef: {name: app-secrets}}, {configMapRef: {name: conf}}]"),
);
