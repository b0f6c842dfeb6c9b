import { at, type Rule } from "../rule.ts";

/** A removed key stays in the cluster until no pod that names it is left. */
export const removedKey: Rule = {
  id: "removed-key-stays",
  about:
    "A key is removed in this revision. It stays in the Secret until the rollout is over, so that old pods that restart still find it.",
  *check({ removedKeys = [] }) {
    for (const key of removedKeys) {
      yield {
        ...at(null, null, key),
        severity: "note",
        message: `\`${key}\` is removed in this revision; it stays in the Secret until the rollout is over.`,
        fix: "Nothing to do.",
      };
    }
  },
};
