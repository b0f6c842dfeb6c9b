import { object, type Checked } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("lookup-copies-secret");

const looked = (text: string, kind = "ConfigMap", helper = ""): [string, Checked] => [
  object(kind, "c", "data: {}"),
  {
    templates: new Map([
      [`shop/templates/${kind.toLowerCase()}.yaml`, text],
      ["shop/templates/_helpers.tpl", helper],
    ]),
  },
];
const lookup = '(lookup "v1" "Secret" .Release.Namespace "app-secrets")';

says(
  "directly",
  looked(`data: {p: {{ ${lookup}.data.P | b64dec }}}`)[0],
  "warning",
  looked(`data: {p: {{ ${lookup}.data.P | b64dec }}}`)[1],
);
says("by a variable", looked("")[0], "warning", looked(`{{- $s := ${lookup} }}\np: {{ index $s.data "P" }}`)[1]);
says("by with", looked("")[0], "warning", looked(`{{ with ${lookup} }}\np: {{ .data.P }}{{ end }}`)[1]);
says(
  "by two helpers",
  looked("")[0],
  "warning",
  looked(
    'p: {{ include "shop.outer" . }}',
    "ConfigMap",
    `{{- define "shop.inner" -}}{{ ${lookup}.data.P }}{{- end }}\n{{ define "shop.outer" }}{{ include "shop.inner" . }}{{ end }}`,
  )[1],
);
silent("only whether it is there", looked("")[0], looked(`{{ if ${lookup} }}p: 1{{ end }}`)[1]);
silent("only its digest", looked("")[0], looked(`p: {{ ${lookup}.data | toJson | sha256sum }}`)[1]);
silent("into a Secret", looked("", "Secret")[0], looked(`p: {{ ${lookup}.data.P }}`, "Secret")[1]);
silent(
  "a helper that this template does not use",
  looked("")[0],
  looked("p: 1", "ConfigMap", `{{ define "x" }}{{ ${lookup}.data.P }}{{ end }}`)[1],
);
silent("templates that are not known", looked("")[0]);
