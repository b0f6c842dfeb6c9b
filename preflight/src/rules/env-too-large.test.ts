import { env, rolled } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("env-too-large");

const facts = (nul: boolean, utf8: boolean, bytes = 3) => ({ keys: new Map([["A", { bytes, nul, utf8 }]]) });

says("one byte over", rolled(env("A")), "error main A", facts(false, true, 131_070));
silent("just fits", rolled(env("A")), facts(false, true, 131_069));
says(
  "by the prefix",
  rolled("envFrom: [{prefix: XY, secretRef: {name: app-secrets}}]"),
  "error main A",
  facts(false, true, 131_069),
);
