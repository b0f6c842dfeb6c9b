import { at, nameOf, type Rule } from "../rule.ts";

/** `app-secrets` is Opaque: it cannot hold registry credentials. */
export const imagePull: Rule = {
  id: "image-pull-secret-misuse",
  about: "The Secret is of type Opaque; imagePullSecrets need the type kubernetes.io/dockerconfigjson.",
  *check({ references, secretName }) {
    const named = references.filter(({ how }) => how === "imagePullSecrets");
    for (const object of new Set(named.map((reference) => reference.object))) {
      yield {
        ...at(object),
        severity: "error",
        message: `${nameOf(object)} names ${secretName} as imagePullSecrets: registry credentials need a Secret of type kubernetes.io/dockerconfigjson.`,
        fix: "Make a Secret of that type for the registry and name it instead.",
      };
    }
  },
};
