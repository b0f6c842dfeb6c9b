import { isNode, listAt, nodeAt, textAt } from "../manifests.ts";
import { templateOf } from "../references.ts";
import { at, nameOf, type Rule } from "../rule.ts";

/** The same variable twice in one container: Helm 4 refuses, Helm 3 lets the last win. */
export const envDuplicate: Rule = {
  id: "env-duplicate",
  *check({ objects, helmMajor }) {
    for (const object of objects) {
      const pod = nodeAt(templateOf(object), "spec");
      for (const container of [...listAt(pod, "initContainers"), ...listAt(pod, "containers")].filter(isNode)) {
        const seen = new Set<string>();
        for (const env of listAt(container, "env")) {
          const name = textAt(env, "name");
          if (name === null) continue;
          if (seen.has(name)) {
            yield {
              ...at(object, textAt(container, "name")),
              severity: helmMajor === 4 ? "error" : "warning",
              message: `${nameOf(object)} (container ${textAt(container, "name") ?? "?"}) sets the variable ${name} twice${helmMajor === 4 ? ": Helm 4 refuses that" : "; the last one counts"}.`,
              fix: `Keep one of them in ${object.source ?? "the chart"}.`,
            };
          }
          seen.add(name);
        }
      }
    }
  },
};
