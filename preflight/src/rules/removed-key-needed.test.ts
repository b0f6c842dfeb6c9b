import { env, rolled } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("removed-key-needed");

says("still named", rolled(env("OLD")), "error main OLD", { removedKeys: ["OLD"] });
silent("not named any more", rolled(env("A")), { removedKeys: ["OLD"] });
silent("optional", rolled(env("OLD", "OLD", ", optional: true")), { removedKeys: ["OLD"] });
