import { env, rolled, rollme, workload } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("rollme-misplaced");

const below = (text: string): string =>
  workload({ container: env("A") }).replace("annotations: {}}", `x: {}}, ${text}`);

says("the sample: directly below the template", below("annotations: {rollme: abcde}"), "error");
says("labels there", below("labels: {a: b}"), "error");
says(
  "in a Rollout",
  below("annotations: {rollme: abcde}").replace("apps/v1\nkind: Deployment", "argoproj.io/v1alpha1\nkind: Rollout"),
  "warning",
);
says("on the object", workload({ container: env("A"), head: `annotations: {${rollme}}` }), "warning");
silent("on both", workload({ container: env("A"), annotations: rollme, head: `annotations: {${rollme}}` }));
silent("on the pod template", rolled(env("A")));
