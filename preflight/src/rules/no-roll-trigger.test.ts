import { env, rolled, workload } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("no-roll-trigger");

const template = (text: string) =>
  new Map([
    ["shop/templates/api.yaml", text],
    ["shop/templates/api-7.yaml", text],
  ]);

says("nothing changes", workload({ container: env("A") }), "note");
says("nothing changes, and nobody adds anything", workload({ container: env("A") }), "warning", {
  restart: "off",
});
says(
  "an annotation called rollme with constant text",
  workload({ container: env("A"), annotations: "rollme: always" }),
  "note",
);
says(
  "a checksum of the chart's own files",
  workload({ container: env("A"), annotations: "checksum/config: 0a1b2c" }),
  "warning",
  { restart: "chart" },
);
silent("a random annotation", rolled(env("A")), { restart: "off" });
silent(
  "a random label",
  workload({ container: env("A"), pod: "" })
    .replace("labels: {app: api}}, a", "labels: {app: api}}, a")
    .replace("{labels: {app: api}, annotations", "{labels: {app: api, roll: abcde}, annotations"),
  { restart: "off" },
);
silent(
  "a random variable",
  workload({ container: "env: [{name: R, value: abcde}], envFrom: [{secretRef: {name: app-secrets}}]" }),
  { restart: "off" },
);
silent("a digest of the Secret itself", workload({ container: env("A"), annotations: "checksum/secret: 0a1b2c" }), {
  restart: "off",
  templates: template('{{ (lookup "v1" "Secret" .Release.Namespace "app-secrets").data | toJson | sha256sum }}'),
});
silent("the release's number", workload({ container: env("A"), annotations: "revision: '7'" }), {
  restart: "off",
  templates: template("revision: {{ .Release.Revision | quote }}"),
});
silent(
  "Reloader restarts it",
  workload({ container: env("A"), head: "annotations: {reloader.stakater.com/auto: 'true'}" }),
  { restart: "off" },
);
silent("one render tells nothing", workload({ container: env("A") }), {
  restart: "off",
  again: undefined,
});
silent("it does not use the Secret", workload({ container: "" }), { restart: "off" });
silent("a cron job's next run has it anyway", workload({ kind: "CronJob", container: env("A") }), {
  restart: "off",
});
