import { rolled, rollme, workload } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("sub-path");

const mounted = workload({
  container: "volumeMounts: [{name: v, mountPath: /v}]",
  pod: "volumes: [{name: v, secret: {secretName: app-secrets}}]",
  annotations: rollme,
});
const subPath = rolled(
  "volumeMounts: [{name: v, mountPath: /v, subPath: A}]",
  "volumes: [{name: v, secret: {secretName: app-secrets, items: [{key: A, path: A}]}}]",
);

says("restarted", subPath, "note main A");
says("not restarted", subPath, "warning main A", { restart: "off" });
silent("the whole volume", mounted);
