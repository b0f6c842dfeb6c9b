import { allKeys, env, required, rolled } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("unused-keys");

says("one is", rolled(env("A")), "note");
silent("a container takes all", rolled(allKeys));
silent("the contract names it", rolled(env("A")), { required: required("B") });
silent("something outside of the release reads it", rolled(env("A")), {
  running: [{ kind: "Deployment", name: "old", uses: ["B"], inRelease: false }],
});
