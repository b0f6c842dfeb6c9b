import { at, nameOf, type Rule } from "../rule.ts";

/** subPath mounts never follow the Secret. */
export const subPath: Rule = {
  id: "sub-path",
  *check({ references }) {
    for (const { object, container, key, how } of references) {
      if (how !== "subPath") continue;
      yield {
        ...at(object, container, key),
        severity: "note",
        message: `${nameOf(object)} mounts the Secret with subPath: the file changes only when the pod is replaced.`,
        fix: "Nothing to do: a deployment replaces the pod.",
      };
    }
  },
};
