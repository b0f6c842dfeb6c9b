import { at, nameOf, type Rule } from "../rule.ts";

/** A Pod without a controller is never rolled. */
export const barePod: Rule = {
  id: "bare-pod",
  *check({ references }) {
    for (const object of new Set(references.map((reference) => reference.object))) {
      if (object.kind !== "Pod" || object.origin === "hook") continue;
      yield {
        ...at(object),
        severity: "warning",
        message: `${nameOf(object)} is a Pod of its own: nothing restarts it, it keeps its values.`,
        fix: "Make it a Deployment or a Job.",
      };
    }
  },
};
