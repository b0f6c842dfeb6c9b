import { listAt, textAt } from "../manifests.ts";
import { at, fileOf, withContainer, type Place, type Rule, type Subject } from "../rule.ts";
import { sourcesOf } from "../variables.ts";

/** What wins over a variable that comes from the Secret; null: nothing. */
const shadowOf = (variable: string, key: string, index: number, place: Place, subject: Subject): string | null => {
  const env = listAt(place.container, "env").find((one) => textAt(one, "name") === variable);
  if (env !== undefined) {
    const isSame =
      textAt(env, "valueFrom", "secretKeyRef", "name") === subject.secretName &&
      textAt(env, "valueFrom", "secretKeyRef", "key") === key;
    // `env` decides, whatever else there is.
    return isSame ? null : "env sets it too";
  }
  const later = sourcesOf(place, subject)
    .slice(index + 1)
    .find(({ names, ours }) => !ours && names?.has(variable) === true);
  return later === undefined ? null : `a later envFrom (${later.name}) has it too`;
};

/** A key that envFrom brings and something else overrides: its saved value changes nothing there. */
export const envShadowed: Rule = {
  id: "env-shadowed",
  about:
    "A key that envFrom brings is overridden by env or by a later envFrom: its saved value has no effect in that container.",
  *check(subject) {
    for (const place of subject.places) {
      for (const [index, { ours, prefix }] of sourcesOf(place, subject).entries()) {
        if (!ours) continue;
        for (const key of subject.keys.keys()) {
          const variable = prefix + key;
          const shadow = shadowOf(variable, key, index, place, subject);
          if (shadow === null) continue;
          yield {
            ...at(place.object, place.name, key),
            severity: "warning",
            message: `${withContainer(place.object, place.name)} takes ${variable} from elsewhere: ${shadow}, and wins over \`${key}\` of ${subject.secretName}.`,
            fix: `Take one of them out of ${fileOf(place.object)}, if the saved value is meant.`,
          };
        }
      }
    }
  },
};
