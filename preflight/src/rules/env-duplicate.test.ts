import { rolled, workload } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("env-duplicate");

says("Helm 4", rolled("env: [{name: X, value: '1'}, {name: X, value: '2'}, {name: X, value: '3'}]"), "error main");
says("Helm 3", rolled("env: [{name: X, value: '1'}, {name: X, value: '2'}]"), "warning main", {
  helmMajor: 3,
});
says(
  "in an object of another kind",
  workload({
    kind: "Machine",
    api: "example.com/v1",
    container: "env: [{name: X, value: '1'}, {name: X, value: '2'}]",
  }),
  "error main",
);
silent(
  "two containers",
  rolled("env: [{name: X, value: '1'}]", "initContainers: [{name: i, image: x, env: [{name: X, value: '2'}]}]"),
);
