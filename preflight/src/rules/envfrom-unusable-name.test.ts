import { allKeys, env, rolled, saved } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("envfrom-unusable-name");

says("a digit first", rolled(allKeys), "warning main 1A", { keys: saved("1A") });
says("a dash", rolled(allKeys), "note main a-b", { keys: saved("a-b") });
silent("the prefix helps", rolled("envFrom: [{prefix: P_, secretRef: {name: app-secrets}}]"), {
  keys: saved("1A"),
});
silent("named one by one", rolled(env("a-b", "AB")), { keys: saved("a-b") });
