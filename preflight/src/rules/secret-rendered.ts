import { isHere } from "../references.ts";
import { at, fileOf, type Rule } from "../rule.ts";

/** The chart makes the Secret itself. */
export const secretRendered: Rule = {
  id: "secret-rendered-by-chart",
  about:
    "The chart renders the Secret itself. As an ordinary object Helm refuses it or both fight over it; as a hook it silently replaces the saved pairs.",
  fixed: true,
  *check({ objects, secretName, namespace }) {
    for (const object of objects) {
      if (object.kind !== "Secret" || object.name !== secretName || !isHere(object, namespace)) continue;
      yield {
        ...at(object),
        severity: "error",
        message:
          object.origin === "hook"
            ? `The chart makes a Secret ${secretName} as a hook: it would silently replace the saved pairs.`
            : `The chart makes a Secret ${secretName} itself: Helm and Keyroll cannot both own it.`,
        fix: `Take it out of ${fileOf(object)}, or give the environment another Secret name.`,
      };
    }
  },
};
