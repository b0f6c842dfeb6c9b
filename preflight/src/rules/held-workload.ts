import { nodeAt } from "../manifests.ts";
import { at, nameOf, type Rule } from "../rule.ts";

/** Workloads that nobody restarts by a rollout. */
export const heldWorkload: Rule = {
  id: "held-workload",
  *check({ consumers }) {
    for (const { object } of consumers) {
      const onDelete = nodeAt(object.body, "spec", "updateStrategy", "type") === "OnDelete";
      const partition = nodeAt(object.body, "spec", "updateStrategy", "rollingUpdate", "partition");
      const paused = nodeAt(object.body, "spec", "paused") === true;
      const why = onDelete
        ? "updateStrategy OnDelete"
        : paused
          ? "paused"
          : typeof partition === "number" && partition > 0
            ? `partition ${partition}`
            : null;
      if (why === null) continue;
      yield {
        ...at(object),
        severity: "warning",
        message: `${nameOf(object)} is held back on purpose (${why}): its pods keep their values until somebody restarts them.`,
        fix: "Nothing, when that is meant; the deployment ends with it held.",
      };
    }
  },
};
