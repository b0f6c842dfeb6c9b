import { at, nameOf, type Rule } from "../rule.ts";

/** subPath mounts never follow the Secret. */
export const subPath: Rule = {
  id: "sub-path",
  about: "A file that is mounted with subPath does not follow the Secret: it changes only when the pod is replaced.",
  *check({ references, restart }) {
    const isRestarted = restart !== "off";
    for (const { object, container, key, how } of references) {
      if (how !== "subPath") continue;
      yield {
        ...at(object, container, key),
        severity: isRestarted ? "note" : "warning",
        message: `${nameOf(object)} mounts the Secret with subPath: the file changes only when the pod is replaced.`,
        fix: isRestarted
          ? "Nothing to do: a deployment replaces the pod."
          : "Mount the whole volume, or restart the pods after a deployment.",
      };
    }
  },
};
