import { nodeAt, textAt } from "../manifests.ts";
import { at, fileOf, nameOf, type Rule } from "../rule.ts";

const scalers = new Set(["HorizontalPodAutoscaler", "ScaledObject"]);

/** The chart and an autoscaler both set the number of pods. */
export const hpaReplicas: Rule = {
  id: "hpa-replicas",
  about:
    "An autoscaler sets the number of pods and the chart renders spec.replicas too. Helm 4's server-side apply conflicts with it; Helm 3 sets the number back at each upgrade.",
  *check({ objects, helmMajor }) {
    for (const scaler of objects) {
      if (!scalers.has(scaler.kind)) continue;
      const kind = textAt(scaler.body, "spec", "scaleTargetRef", "kind") ?? "Deployment";
      const name = textAt(scaler.body, "spec", "scaleTargetRef", "name");
      const target = objects.find(
        (one) => one.kind === kind && one.name === name && one.namespace === scaler.namespace,
      );
      const replicas = target === undefined ? undefined : nodeAt(target.body, "spec", "replicas");
      if (target === undefined || replicas === undefined || replicas === null) continue;
      yield {
        ...at(target),
        severity: "warning",
        message: `${nameOf(target)} has spec.replicas, and ${nameOf(scaler)} scales it: ${helmMajor === 4 ? "an upgrade with Helm 4 can fail with a conflict" : "every upgrade sets the number back"}.`,
        fix: `Leave replicas out of ${fileOf(target)} while autoscaling is on.`,
      };
    }
  },
};
