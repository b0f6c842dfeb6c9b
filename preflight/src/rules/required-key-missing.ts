import { nearest } from "@keyroll/pairs";
import { at, nameOf, type Rule } from "../rule.ts";

/** A key of the chart's contract that nobody saved, where references cannot tell. */
export const requiredKeyMissing: Rule = {
  id: "required-key-missing",
  about:
    "The chart's contract (keyroll.dev/requires in Chart.yaml, or .env.example) names a key that is not saved. An error where a container reads all keys and so would start without it.",
  *check({ required = [], references, keys, secretName }) {
    const named = new Set(references.map(({ key }) => key));
    const reader = references.find(({ key, how }) => key === null && (how === "envFrom" || how === "volume"));
    for (const { key, source } of required) {
      // Whoever names the key has a finding of its own.
      if (keys.has(key) || named.has(key)) continue;
      const near = nearest(key, keys.keys());
      const meant = near === null ? "" : ` Did you mean \`${near}\`?`;
      const who = reader === undefined ? "" : ` ${nameOf(reader.object)} reads all keys and would start without it.`;
      yield {
        ...at(null, null, key),
        source,
        severity: reader === undefined ? "warning" : "error",
        message: `${source} of the chart says that it needs \`${key}\` of ${secretName}, which is not saved.${who}${meant}`,
        fix: `Save it: keyroll set ${key}`,
      };
    }
  },
};
