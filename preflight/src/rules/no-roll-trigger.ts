import { isNode, nodeAt, type ManifestObject } from "../manifests.ts";
import { templateOf } from "../kinds.ts";
import { at, nameOf, type Rule } from "../rule.ts";

const looksLikeOne = (object: ManifestObject): string | null => {
  const annotations = nodeAt(templateOf(object), "metadata", "annotations");
  if (!isNode(annotations)) return null;
  const names = Object.keys(annotations);
  const checksum = names.find((name) => /(?:^|\/)(?:checksum|hash)(?:[./-]|$)/iu.test(name));
  if (checksum !== undefined) return `its annotation ${checksum} follows files of the chart, not the Secret`;
  return names.includes("rollme") ? "its rollme is the same text each time" : null;
};

/** Nothing in the template changes with a deployment: the chart alone would not restart these pods. */
export const noRollTrigger: Rule = {
  id: "no-roll-trigger",
  about:
    "Nothing in the pod template changes when a secret does: no random annotation, label or variable. A checksum of the chart's own files does not follow the Secret.",
  *check({ consumers, restart }) {
    for (const { object, rollTrigger, rolls } of consumers) {
      if (rollTrigger !== false || !rolls) continue;
      const helped = restart === "auto" || restart === "inject" || restart === "patch";
      const like = looksLikeOne(object);
      const why = `${nameOf(object)} has nothing in its pod template that changes with a deployment${like === null ? "" : ` (${like})`}`;
      yield {
        ...at(object),
        severity: helped ? "note" : "warning",
        message: helped
          ? `${why}; Keyroll adds an annotation when its keys change.`
          : `${why}: its pods keep their old values.`,
        fix: helped
          ? "Nothing to do."
          : "Set the environment's restart to auto, or add rollme: {{ randAlphaNum 5 | quote }} to spec.template.metadata.annotations.",
      };
    }
  },
};
