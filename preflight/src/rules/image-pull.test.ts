import { object, rolled } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("image-pull-secret-misuse");

says("a pod", rolled("", "imagePullSecrets: [{name: app-secrets}]"), "error");
says("a ServiceAccount", object("ServiceAccount", "s", "imagePullSecrets: [{name: app-secrets}]"), "error");
silent("another Secret", rolled("", "imagePullSecrets: [{name: registry}]"));
silent("a ServiceAccount that may mount it", object("ServiceAccount", "s", "secrets: [{name: app-secrets}]"));
