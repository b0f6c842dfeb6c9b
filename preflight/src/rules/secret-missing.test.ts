import { allKeys, rolled, saved } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("secret-missing");

says("all keys of nothing", rolled(allKeys), "warning main", { keys: saved() });
silent("something is saved", rolled(allKeys));
silent("optional", rolled("envFrom: [{secretRef: {name: app-secrets, optional: true}}]"), {
  keys: saved(),
});
