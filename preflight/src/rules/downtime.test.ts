import { env, rollme, workload } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("downtime");

const held = (kind: string, spec: string, api = "apps/v1"): string =>
  workload({ kind, api, spec, container: env("A"), annotations: rollme });

says("Recreate", held("Deployment", "strategy: {type: Recreate},"), "warning");
says("minReadySeconds", held("Deployment", "minReadySeconds: 30,"), "note");
says("minReadySeconds past the time", held("Deployment", "minReadySeconds: 300,"), "warning", {
  timeoutSeconds: 300,
});
silent("RollingUpdate", held("Deployment", "strategy: {type: RollingUpdate}, minReadySeconds: 0,"));
silent("not a consumer", workload({ spec: "strategy: {type: Recreate}," }));
