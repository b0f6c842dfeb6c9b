import { nearest } from "@keyroll/pairs";
import { at, fileOf, withContainer, type Rule } from "../rule.ts";

/** An optional key that is not there: meant, or a mistake in the name that nothing else shows. */
export const optionalKeyMissing: Rule = {
  id: "optional-key-missing",
  about: "An optional key is not saved. Kubernetes leaves it out without a word, so a mistyped name is seen only here.",
  *check({ references, keys, secretName }) {
    for (const { object, container, key, how, optional } of references) {
      if (key === null || !optional || keys.has(key) || how === "imagePullSecrets") continue;
      // Between two or three letters everything is near.
      const near = key.length < 4 ? null : nearest(key, keys.keys());
      // When the near one is read as well, both names are meant.
      const isTaken = references.some((one) => one.object === object && one.key === near);
      const isTypo = near !== null && !isTaken;
      yield {
        ...at(object, container, key),
        severity: isTypo ? "warning" : "note",
        message: `${withContainer(object, container)} takes \`${key}\` of ${secretName} if it is there; it is not saved.${isTypo ? ` Did you mean \`${near}\`?` : ""}`,
        fix: isTypo
          ? `Correct the name in ${fileOf(object)}, or save it: keyroll set ${key}`
          : "Nothing, when that is meant.",
      };
    }
  },
};
