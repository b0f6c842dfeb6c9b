import { at, type Rule } from "../rule.ts";

/** A removed key stays in the cluster until no pod that names it is left. */
export const removedKey: Rule = {
  id: "removed-key-stays",
  *check({ removedKeys }) {
    for (const key of removedKeys ?? []) {
      yield {
        ...at(null, null, key),
        severity: "note",
        message: `\`${key}\` is removed in this revision; it stays in the Secret until the rollout is over.`,
        fix: "Nothing to do.",
      };
    }
  },
};
