import { env, workload } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("foreign-namespace");

says("a workload elsewhere", workload({ container: env("A"), head: "namespace: other" }), "warning");
silent("the environment's own", workload({ container: env("A"), head: "namespace: shop" }));
silent("elsewhere, without the Secret", workload({ head: "namespace: other" }));
