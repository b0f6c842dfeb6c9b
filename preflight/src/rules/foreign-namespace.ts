import { at, fileOf, nameOf, type Rule } from "../rule.ts";

/** A pod reads Secrets of its own namespace only. */
export const foreignNamespace: Rule = {
  id: "foreign-namespace",
  about:
    "An object in another namespace names the Secret. A pod reads Secrets of its own namespace only, so it gets another one or none.",
  *check({ elsewhere, secretName, namespace }) {
    for (const object of new Set(elsewhere.map((reference) => reference.object))) {
      yield {
        ...at(object),
        severity: "warning",
        message: `${nameOf(object)} lies in the namespace ${object.namespace ?? ""} and names ${secretName}: it cannot read the one of ${namespace}.`,
        fix: `Take metadata.namespace out of ${fileOf(object)}, or make an environment for that namespace.`,
      };
    }
  },
};
