import { env, rollme, workload } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("bare-pod");

says("a Pod", workload({ kind: "Pod", container: env("A") }), "warning");
says("a ReplicaSet", workload({ kind: "ReplicaSet", container: env("A"), annotations: rollme }), "warning");
silent(
  "a Pod that is a hook",
  workload({ kind: "Pod", container: env("A"), head: "annotations: {helm.sh/hook: test}" }),
);
silent("a Pod that does not use it", workload({ kind: "Pod" }));
