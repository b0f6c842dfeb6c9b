import { env, rollme, workload } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("job-random-annotation");

const job = (more: Parameters<typeof workload>[0] = {}): string =>
  workload({ kind: "Job", api: "batch/v1", container: env("A"), annotations: rollme, ...more });
const template = (text: string) =>
  new Map([
    ["shop/templates/api.yaml", text],
    ["shop/templates/api-7.yaml", text],
  ]);

says("plain", job(), "error");
says("a random variable", workload({ kind: "Job", container: "env: [{name: X, value: abcde}]" }), "error");
silent("as a hook", job({ head: "annotations: {helm.sh/hook: pre-upgrade}" }));
silent("nothing is random", workload({ kind: "Job", container: env("A") }));
silent("a random name", job({ name: "api-abcde" }));
silent("the revision in its name", job({ name: "api-7" }), { helmRevision: 7 });
says("a number that is not the revision", job({ name: "api-7" }), "error", {
  helmRevision: 8,
});
says("a number that its template does not take from the revision", job({ name: "api-7" }), "error", {
  helmRevision: 7,
  templates: template("name: api-7"),
});
silent("a number that its template takes from the revision", job({ name: "api-7" }), {
  helmRevision: 7,
  templates: template("name: api-{{ .Release.Revision }}"),
});
says("a number of the release's name, where only the annotation is random", job({ name: "api-7" }), "error", {
  helmRevision: 7,
  templates: template("name: {{ .Release.Name }}, rollme: {{ randAlphaNum 5 }}"),
});
silent("a time in its name", job({ name: "api-1764439200" }), {
  templates: new Map([["shop/templates/api-1764439200.yaml", "name: api-{{ now | unixEpoch }}"]]),
});
says("it goes away by itself", job({ spec: "ttlSecondsAfterFinished: 60," }), "warning");
says("offline, what is random may be kept in the cluster", job(), "warning", {
  offline: true,
  templates: template('{{ lookup "v1" "Secret" "" "x" }}'),
});
