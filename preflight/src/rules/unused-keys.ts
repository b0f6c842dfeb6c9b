import { at, type Rule } from "../rule.ts";

/** Saved keys that nothing in the chart names. */
export const unusedKeys: Rule = {
  id: "unused-keys",
  *check({ references, keys, objects }) {
    if (
      objects.length === 0 ||
      references.some(({ key, how }) => key === null && (how === "envFrom" || how === "volume" || how === "subPath"))
    )
      return;
    const used = new Set(references.map(({ key }) => key));
    const unused = [...keys.keys()].filter((key) => !used.has(key)).toSorted();
    if (unused.length === 0) return;
    yield {
      ...at(null),
      severity: "note",
      message: `Not used by the chart: ${unused.slice(0, 20).join(", ")}${unused.length > 20 ? " …" : ""} (${unused.length} of ${keys.size}).`,
      fix: "Nothing, or remove what nobody needs.",
    };
  },
};
