import { listAt, textAt } from "../manifests.ts";
import { at, fileOf, withContainer, type Rule } from "../rule.ts";

/** The same variable twice in one container: Helm 4 refuses, Helm 3 lets the last win. */
export const envDuplicate: Rule = {
  id: "env-duplicate",
  about: "A container sets the same environment variable twice. Helm 4 refuses that; with Helm 3 the last one counts.",
  *check({ places, helmMajor }) {
    for (const { object, container, name } of places) {
      // What is there already was let in.
      if (object.origin === "live") continue;
      const seen = new Set<string>();
      const twice = new Set<string>();
      for (const env of listAt(container, "env")) {
        const variable = textAt(env, "name") ?? "";
        if (variable !== "" && seen.has(variable)) twice.add(variable);
        seen.add(variable);
      }
      for (const variable of twice) {
        yield {
          ...at(object, name),
          severity: helmMajor === 4 ? "error" : "warning",
          message: `${withContainer(object, name)} sets the variable ${variable} twice${helmMajor === 4 ? ": Helm 4 refuses that" : "; the last one counts"}.`,
          fix: `Keep one of them in ${fileOf(object)}.`,
        };
      }
    }
  },
};
