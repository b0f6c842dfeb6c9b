import { env, rollme, workload } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("held-workload");

const held = (kind: string, spec: string, api = "apps/v1"): string =>
  workload({ kind, api, spec, container: env("A"), annotations: rollme });

says("OnDelete", held("DaemonSet", "updateStrategy: {type: OnDelete},"), "warning");
says("partition", held("StatefulSet", "updateStrategy: {rollingUpdate: {partition: 2}},"), "warning");
silent("partition 0", held("StatefulSet", "updateStrategy: {rollingUpdate: {partition: 0}},"));
says("paused", held("Deployment", "paused: true,"), "warning");
says(
  "a CloneSet's partition",
  held("CloneSet", "updateStrategy: {partition: 20%},", "apps.kruise.io/v1alpha1"),
  "warning",
);
says(
  "an advanced DaemonSet that is paused",
  held("DaemonSet", "updateStrategy: {rollingUpdate: {paused: true}},", "apps.kruise.io/v1alpha1"),
  "warning",
);
says(
  "a blue-green Rollout that waits",
  held("Rollout", "strategy: {blueGreen: {autoPromotionEnabled: false}},", "argoproj.io/v1alpha1"),
  "warning",
);
silent(
  "a canary that goes on by itself",
  held("Rollout", "strategy: {canary: {steps: [{pause: {duration: 1m}}]}},", "argoproj.io/v1alpha1"),
);
