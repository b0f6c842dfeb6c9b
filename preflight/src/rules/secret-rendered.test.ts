import { secret } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("secret-rendered-by-chart");

says("plain", secret("app-secrets"), "error");
says("as a hook", "", "error", { hook: secret("app-secrets") });
silent("another namespace", secret("app-secrets", ", namespace: other"));
silent("another name", secret("app-secrets-2"));
