import { at, nameOf, type Rule } from "../rule.ts";

/** `app-secrets` is Opaque: it cannot hold registry credentials. */
export const imagePull: Rule = {
  id: "image-pull-secret-misuse",
  *check({ references, secretName }) {
    for (const { object, how } of references) {
      if (how !== "imagePullSecrets") continue;
      yield {
        ...at(object),
        severity: "error",
        message: `${nameOf(object)} names ${secretName} as imagePullSecrets: registry credentials need a Secret of type kubernetes.io/dockerconfigjson.`,
        fix: "Make a Secret of that type for the registry and name it instead.",
      };
    }
  },
};
