import { templateOf } from "../references.ts";
import { at, nameOf, type Rule } from "../rule.ts";

/** A Job's template cannot change: a random annotation makes every upgrade fail. */
export const jobRandom: Rule = {
  id: "job-random-annotation",
  *check({ objects, again }) {
    for (const object of objects) {
      if (object.kind !== "Job" || object.origin === "hook" || again === undefined) continue;
      const other = again.find((one) => one.kind === "Job" && one.name === object.name);
      if (other === undefined || JSON.stringify(templateOf(other)) === JSON.stringify(templateOf(object))) continue;
      yield {
        ...at(object),
        severity: "error",
        message: `${nameOf(object)} has a value in its pod template that is random: a Job's template cannot change, so every upgrade fails.`,
        fix: `Take it out of ${object.source ?? "the chart"}, give the Job a name with {{ .Release.Revision }}, or make it a hook.`,
      };
    }
  },
};
