import { env, rolled } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("removed-key-stays");

says("a note", rolled(env("A")), "note OLD", { removedKeys: ["OLD"] });
silent("nothing is removed", rolled(env("A")));
