import { nearest } from "@keyroll/pairs";
import { runsAtDeploy } from "../kinds.ts";
import { at, fileOf, withContainer, type Rule } from "../rule.ts";

/** A key that the chart names and nobody saved: the pods would not start. */
export const missingKey: Rule = {
  id: "missing-key",
  about: "A container needs a key of the Secret that is not saved: its pod does not start.",
  *check({ references, keys, removedKeys = [], secretName }) {
    for (const { object, container, key, how, optional } of references) {
      if (key === null || optional || keys.has(key) || removedKeys.includes(key) || how === "imagePullSecrets")
        continue;
      const near = nearest(key, keys.keys());
      const meant = near === null ? "" : ` Did you mean \`${near}\`?`;
      // What a controller of its own does without the key is not known here, and a test starts only when it is asked for.
      const isSure = how !== "other" && runsAtDeploy(object);
      yield {
        ...at(object, container, key),
        severity: isSure ? "error" : "warning",
        message: `${withContainer(object, container)} needs \`${key}\` of ${secretName}, which is not saved.${meant}`,
        fix:
          near === null
            ? `Save it: keyroll set ${key}`
            : `Correct the name in ${fileOf(object)}, or save it: keyroll set ${key}`,
      };
    }
  },
};
