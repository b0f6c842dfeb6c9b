import { asksCluster } from "../chart-text.ts";
import { at, type Rule } from "../rule.ts";

/** Saved keys that nothing in the chart names. */
export const unusedKeys: Rule = {
  id: "unused-keys",
  about: "Keys are saved that neither the chart nor anything else in the namespace reads.",
  *check({ references, keys, objects, required = [], running = [], templates }) {
    const outside = running.filter(({ inRelease }) => !inRelease).map(({ uses }) => uses);
    const takesAll = references.some(({ key, how }) => key === null && how !== "serviceAccount");
    if (objects.length === 0 || takesAll || outside.includes("all")) return;
    const used = new Set([
      ...references.map(({ key }) => key),
      ...required.map(({ key }) => key),
      ...outside.flatMap((uses) => uses),
    ]);
    // A template that looks the Secret up names its keys itself.
    const texts = asksCluster(templates) ? [...(templates?.values() ?? [])] : [];
    const unused = [...keys.keys()]
      .filter((key) => !used.has(key) && !texts.some((text) => text.includes(key)))
      .toSorted();
    if (unused.length === 0) return;
    yield {
      ...at(null),
      severity: "note",
      message: `Not used by ${objects.every(({ origin }) => origin === "live") ? "any workload here" : "the chart"}: ${unused.slice(0, 20).join(", ")}${unused.length > 20 ? " …" : ""} (${unused.length} of ${keys.size}).`,
      fix: "Nothing, or remove what nobody needs.",
    };
  },
};
