import { at, withContainer, type Rule } from "../rule.ts";

/** Nothing was ever saved, and something reads whatever there is. */
export const secretMissing: Rule = {
  id: "secret-missing",
  about:
    "A container reads the whole Secret and nothing is saved. Keyroll writes an empty Secret before Helm, so the pod starts, and starts without a single value.",
  *check({ references, keys, secretName }) {
    if (keys.size > 0) return;
    const seen = new Set<string>();
    for (const { object, container, key, optional, how } of references) {
      if (key !== null || optional || how === "other" || how === "serviceAccount") continue;
      const who = withContainer(object, container);
      if (seen.has(who)) continue;
      seen.add(who);
      yield {
        ...at(object, container),
        severity: "warning",
        message: `${who} reads all keys of ${secretName}, and nothing is saved: it would start without any.`,
        fix: "Save what it needs: keyroll set KEY, or keyroll import .env",
      };
    }
  },
};
