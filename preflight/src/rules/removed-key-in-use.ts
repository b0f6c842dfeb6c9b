import { at, type Rule } from "../rule.ts";

/** A removed key that running pods still name. */
export const removedKeyInUse: Rule = {
  id: "removed-key-in-use",
  about:
    "A key is removed in this revision while running pods still name it. What this deployment does not replace would not start again once the key is gone.",
  *check({ removedKeys = [], running = [], consumers }) {
    for (const key of removedKeys) {
      for (const { kind, name, uses, inRelease } of running) {
        if (uses === "all" || !uses.includes(key)) continue;
        const after = consumers.find(({ object }) => object.kind === kind && object.name === name);
        // While the new manifest names it, that is the finding.
        if (after !== undefined && (after.uses === "all" || after.uses.includes(key))) continue;
        const isReplaced = inRelease && after?.rolls !== false;
        yield {
          ...at(null, null, key),
          object: { kind, namespace: null, name },
          severity: "warning",
          message: `\`${key}\` is removed in this revision, and running pods of ${kind}/${name} still use it.`,
          fix: isReplaced
            ? "Nothing, when the rollout replaces them: until then the key stays in the Secret."
            : `Change ${kind}/${name} first: it is not replaced by this deployment.`,
        };
      }
    }
  },
};
