import { nodeAt } from "../manifests.ts";
import { at, nameOf, type Rule } from "../rule.ts";

/** Consumers that are away, or take long, when they restart. */
export const downtime: Rule = {
  id: "downtime",
  about:
    "A consumer restarts with an interruption (strategy Recreate), or each of its pods must be ready for a while first (minReadySeconds).",
  *check({ consumers, timeoutSeconds = 600 }) {
    for (const { object, rolls } of consumers) {
      if (!rolls) continue;
      if (
        nodeAt(object.body, "spec", "strategy", "type") === "Recreate" &&
        nodeAt(object.body, "spec", "replicas") !== 0
      )
        yield {
          ...at(object),
          severity: "warning",
          message: `${nameOf(object)} has the strategy Recreate: its pods stop before new ones start, so a deployment interrupts it.`,
          fix: "Nothing, when that is meant (a volume that one pod at a time can have); else RollingUpdate.",
        };
      const seconds = nodeAt(object.body, "spec", "minReadySeconds");
      if (typeof seconds !== "number" || seconds <= 0) continue;
      const isTooLong = seconds >= timeoutSeconds;
      yield {
        ...at(object),
        severity: isTooLong ? "warning" : "note",
        message: `${nameOf(object)}: each new pod must be ready for ${seconds} s before it counts (minReadySeconds)${isTooLong ? `, and a deployment takes at most ${timeoutSeconds} s` : ""}.`,
        fix: isTooLong
          ? "Make minReadySeconds smaller, or the environment's timeoutSeconds larger."
          : "Nothing: the deployment waits for it.",
      };
    }
  },
};
