import { nearest } from "@keyroll/pairs";
import { isHere, otherSecrets } from "../references.ts";
import { at, fileOf, withContainer, type Rule } from "../rule.ts";

/** A reference to a Secret whose name is a letter or two from ours, and that the chart does not make. */
export const secretNameNear: Rule = {
  id: "secret-name-near",
  about:
    "A container reads a Secret whose name is nearly that of the environment's, and the chart makes no such Secret.",
  *check({ objects, secretName, namespace }) {
    const made = new Set(objects.filter(({ kind }) => kind === "Secret").map(({ name }) => name));
    for (const object of objects) {
      if (!isHere(object, namespace)) continue;
      const seen = new Set<string>();
      for (const { name, container } of otherSecrets(object)) {
        const isNear =
          name !== secretName && Math.abs(name.length - secretName.length) <= 2 && nearest(name, [secretName]) !== null;
        if (!isNear || made.has(name) || seen.has(`${container} ${name}`) || !isSlip(name, secretName)) continue;
        seen.add(`${container} ${name}`);
        yield {
          ...at(object, container),
          severity: "warning",
          message: `${withContainer(object, container)} reads the Secret ${name}, which the chart does not make. Did you mean ${secretName}?`,
          fix: `Correct the name in ${fileOf(object)}, if ${secretName} is meant.`,
        };
      }
    }
  },
};

/** One or two letters differ, and no number does: `app-secrets-2` is another Secret on purpose. */
const isSlip = (name: string, wanted: string): boolean => {
  const digits = (text: string): string => text.replaceAll(/\D/gu, "");
  return digits(name) === digits(wanted) && name.split("-").length <= wanted.split("-").length;
};
