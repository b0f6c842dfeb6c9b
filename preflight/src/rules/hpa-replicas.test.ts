import { object, workload } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("hpa-replicas");

const scaler = (kind = "Deployment", name = "api"): string =>
  object(
    "HorizontalPodAutoscaler",
    "h",
    `spec: {scaleTargetRef: {apiVersion: apps/v1, kind: ${kind}, name: ${name}}}`,
    "autoscaling/v2",
  );

says("both", scaler() + workload({ spec: "replicas: 2," }), "warning");
silent("no replicas", scaler() + workload({}));
silent("another workload", scaler("Deployment", "web") + workload({ spec: "replicas: 2," }));
says(
  "KEDA",
  object("ScaledObject", "s", "spec: {scaleTargetRef: {name: api}}", "keda.sh/v1alpha1") +
    workload({ spec: "replicas: 2," }),
  "warning",
);
