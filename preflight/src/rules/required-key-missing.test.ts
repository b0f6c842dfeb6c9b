import { allKeys, env, required, rolled } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("required-key-missing");

says("a container reads all keys", rolled(allKeys), "error NEED", {
  required: required("A", "NEED"),
});
says("nobody reads all keys", rolled(env("A")), "warning NEED", { required: required("NEED") });
silent("saved", rolled(allKeys), { required: required("A", "B") });
silent("a reference says it already", rolled(env("NEED")), { required: required("NEED") });
