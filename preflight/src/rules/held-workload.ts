import { rolloutsByDeployment } from "../kinds.ts";
import { isTrue, listAt, nodeAt, type ManifestObject } from "../manifests.ts";
import { at, nameOf, type Rule } from "../rule.ts";

/** Why nobody restarts it by a rollout; null: it rolls. */
const holds = ({ kind, body }: ManifestObject): string | null => {
  const strategy = nodeAt(body, "spec", "updateStrategy");
  const partition = nodeAt(strategy, "rollingUpdate", "partition") ?? nodeAt(strategy, "partition");
  if (nodeAt(strategy, "type") === "OnDelete") return "updateStrategy OnDelete";
  if (isTrue(body, "spec", "paused") || isTrue(strategy, "paused") || isTrue(strategy, "rollingUpdate", "paused"))
    return "paused";
  if ((typeof partition === "number" && partition > 0) || (typeof partition === "string" && partition !== "0%"))
    return `partition ${partition}`;
  if (kind !== "Rollout") return null;
  const waits = listAt(body, "spec", "strategy", "canary", "steps").some(
    (step) => nodeAt(step, "pause") !== undefined && nodeAt(step, "pause", "duration") === undefined,
  );
  if (waits) return "a canary step that waits for somebody";
  return nodeAt(body, "spec", "strategy", "blueGreen", "autoPromotionEnabled") === false
    ? "autoPromotionEnabled false"
    : null;
};

/** Workloads that nobody restarts by a rollout. */
export const heldWorkload: Rule = {
  id: "held-workload",
  about:
    "A consumer is held back on purpose (OnDelete, partition, paused, a waiting step): its pods keep their values until somebody restarts them.",
  *check({ consumers, objects }) {
    const rollouts = rolloutsByDeployment(objects);
    for (const { object } of consumers) {
      const roller = (object.kind === "Deployment" ? rollouts.get(object.name) : undefined) ?? object;
      const why = holds(roller);
      if (why === null) continue;
      yield {
        ...at(roller),
        severity: "warning",
        message: `${nameOf(roller)} is held back on purpose (${why}): its pods keep their values until somebody restarts them.`,
        fix: "Nothing, when that is meant; the deployment ends with it held.",
      };
    }
  },
};
