import { allKeys, env, rolled } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("removed-key-in-use");

const running = (uses: "all" | readonly string[], inRelease = true) => ({
  removedKeys: ["OLD"],
  running: [{ kind: "Deployment", name: "api", uses, inRelease }],
});

says("by running pods", rolled(env("A")), "warning OLD", running(["OLD"]));
silent("pods that take what there is", rolled(allKeys), running("all"));
silent("other keys", rolled(env("A")), running(["A"]));
silent("the new manifest needs it: that is the finding", rolled(env("OLD")), running(["OLD"]));
