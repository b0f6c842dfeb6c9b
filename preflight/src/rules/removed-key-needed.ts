import { at, fileOf, withContainer, type Rule } from "../rule.ts";

/** A key that this revision removes while the chart, or what the cluster has, still names it. */
export const removedKeyNeeded: Rule = {
  id: "removed-key-needed",
  about: "A key is removed in this revision and the manifest still needs it: its pods would not start.",
  *check({ references, keys, removedKeys = [], secretName }) {
    for (const { object, container, key, how, optional } of references) {
      if (key === null || optional || keys.has(key) || !removedKeys.includes(key) || how === "imagePullSecrets")
        continue;
      yield {
        ...at(object, container, key),
        severity: how === "other" ? "warning" : "error",
        message: `${withContainer(object, container)} still needs \`${key}\` of ${secretName}, which this revision removes.`,
        fix: `${object.origin === "live" ? `Take it out of ${fileOf(object)}` : "Deploy a chart that does without it"} first, or save it again: keyroll set ${key}`,
      };
    }
  },
};
