import { at, nameOf, type Rule } from "../rule.ts";

const rolled = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

/** Nothing in the template changes with a deployment: the chart alone would not restart these pods. */
export const noRollTrigger: Rule = {
  id: "no-roll-trigger",
  *check({ consumers, restart }) {
    for (const { object, rollTrigger } of consumers) {
      if (rollTrigger !== false || !rolled.has(object.kind)) continue;
      const helped = restart === "auto" || restart === "inject" || restart === "patch";
      yield {
        ...at(object),
        severity: helped ? "note" : "warning",
        message: helped
          ? `${nameOf(object)} has no annotation that changes with a deployment; Keyroll adds one when its keys change.`
          : `${nameOf(object)} has no annotation that changes with a deployment: its pods keep their old values.`,
        fix: helped
          ? "Nothing to do."
          : "Set the environment's restart to auto, or add rollme: {{ randAlphaNum 5 | quote }} to spec.template.metadata.annotations.",
      };
    }
  },
};
