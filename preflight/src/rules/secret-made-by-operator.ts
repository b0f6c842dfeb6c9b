import { listAt, textAt, type ManifestObject } from "../manifests.ts";
import { isHere } from "../references.ts";
import { at, fileOf, nameOf, type Rule } from "../rule.ts";

/** Names of the Secrets that an operator would make of an object. */
const makes = (object: ManifestObject): readonly (string | null)[] => {
  const { kind, body, name, apiVersion } = object;
  const group = apiVersion.split("/")[0] ?? "";
  switch (kind) {
    case "ExternalSecret":
      // With `None` it writes no Secret at all; with `Merge` it makes none, but writes its keys into this one.
      return group === "external-secrets.io" && textAt(body, "spec", "target", "creationPolicy") !== "None"
        ? [textAt(body, "spec", "target", "name") ?? name]
        : [];
    case "SealedSecret":
      return [textAt(body, "spec", "template", "metadata", "name") ?? name];
    case "VaultStaticSecret":
    case "VaultDynamicSecret":
    case "VaultPKISecret":
      return [textAt(body, "spec", "destination", "name")];
    case "InfisicalSecret":
      return [textAt(body, "spec", "managedSecretReference", "secretName")];
    case "DopplerSecret":
      return [textAt(body, "spec", "managedSecret", "name")];
    case "OnePasswordItem":
      return [name];
    case "Certificate":
      return group === "cert-manager.io" ? [textAt(body, "spec", "secretName")] : [];
    case "SecretProviderClass":
      return listAt(body, "spec", "secretObjects").map((one) => textAt(one, "secretName"));
    default:
      return [];
  }
};

/** An operator would write the Secret too. */
export const secretMadeByOperator: Rule = {
  id: "secret-made-by-operator",
  about:
    "The chart renders an object of which an operator makes a Secret of this name: it would overwrite the saved pairs.",
  fixed: true,
  *check({ objects, secretName, namespace }) {
    for (const object of objects) {
      if (!isHere(object, namespace) || !makes(object).includes(secretName)) continue;
      yield {
        ...at(object),
        severity: "error",
        message: `Of ${nameOf(object)} an operator makes the Secret ${secretName}: it and Keyroll would overwrite each other.`,
        fix: `Take it out of ${fileOf(object)}, or give the environment another Secret name.`,
      };
    }
  },
};
