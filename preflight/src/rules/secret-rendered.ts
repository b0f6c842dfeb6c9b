import { at, type Rule } from "../rule.ts";

/** The chart makes the Secret itself. */
export const secretRendered: Rule = {
  id: "secret-rendered-by-chart",
  *check({ objects, secretName, namespace }) {
    for (const object of objects) {
      if (object.kind !== "Secret" || object.name !== secretName || (object.namespace ?? namespace) !== namespace)
        continue;
      yield {
        ...at(object),
        severity: "error",
        message:
          object.origin === "hook"
            ? `The chart makes a Secret ${secretName} as a hook: it would silently replace the saved pairs.`
            : `The chart makes a Secret ${secretName} itself: Helm and Keyroll cannot both own it.`,
        fix: `Take it out of ${object.source ?? "the chart"}, or give the environment another Secret name.`,
      };
    }
  },
};
