import { nearest } from "@keyroll/pairs";
import { at, nameOf, type Rule } from "../rule.ts";

/** A key that the chart names and nobody saved: the pods would not start. */
export const missingKey: Rule = {
  id: "missing-key",
  *check({ references, keys, secretName }) {
    for (const { object, container, key, how, optional } of references) {
      if (key === null || keys.has(key) || how === "imagePullSecrets") continue;
      const near = nearest(key, keys.keys());
      const meant = near === null ? "" : ` Did you mean \`${near}\`?`;
      yield {
        ...at(object, container, key),
        severity: optional ? "warning" : "error",
        message: `${nameOf(object)}${container === null ? "" : ` (container ${container})`} needs \`${key}\` of ${secretName}, which is not saved.${meant}`,
        fix:
          near === null
            ? `Save it: keyroll set ${key}`
            : `Correct the name in ${object.source ?? "the chart"}, or save it: keyroll set ${key}`,
      };
    }
  },
};
