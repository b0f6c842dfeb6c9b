import { listAt, nodeAt, isTrue, textAt } from "../manifests.ts";
import { at, withContainer, type Place, type Rule, type Subject } from "../rule.ts";
import { serviceLinks, sourcesOf, takesLinks } from "../variables.ts";

/** Variables that a container expects of the Secret and does not get, with their keys. */
const absent = (place: Place, subject: Subject): { readonly variable: string; readonly key: string }[] => {
  const { keys, secretName, required = [], removedKeys = [] } = subject;
  const optional = listAt(place.container, "env").flatMap((env) => {
    const ref = nodeAt(env, "valueFrom", "secretKeyRef");
    const key = textAt(ref, "key") ?? "";
    if (textAt(ref, "name") !== secretName || !isTrue(ref, "optional") || keys.has(key)) return [];
    return [{ variable: textAt(env, "name") ?? key, key }];
  });
  const wanted = [...required.map(({ key }) => key), ...removedKeys].filter((key) => !keys.has(key));
  const fromAll = sourcesOf(place, subject)
    .filter(({ ours }) => ours)
    .flatMap(({ prefix }) => wanted.map((key) => ({ variable: prefix + key, key })));
  return [...optional, ...fromAll];
};

/** A key that is not saved and whose variable a Service gives another text. */
export const serviceLinkCollision: Rule = {
  id: "service-link-collision",
  about:
    "Kubernetes gives every pod variables for each Service (REDIS_PORT=tcp://…). A key of such a name that is not saved is silently replaced by them.",
  *check(subject) {
    const links = serviceLinks(subject);
    if (links.length === 0) return;
    for (const place of subject.places) {
      if (!takesLinks(place)) continue;
      for (const { variable, key } of absent(place, subject)) {
        const link = links.find(({ variables }) => variables.has(variable));
        if (link === undefined) continue;
        yield {
          ...at(place.object, place.name, key),
          severity: "warning",
          message: `${withContainer(place.object, place.name)}: \`${key}\` is not saved, so ${variable} gets the text that Kubernetes makes of Service/${link.name}.`,
          fix: `Save it: keyroll set ${key}; or set enableServiceLinks: false in the pod.`,
        };
      }
    }
  },
};
