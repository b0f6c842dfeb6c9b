import { allKeys, env, rolled, secret } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("secret-name-near");

says("a letter is missing", rolled(env("A").replace("app-secrets", "app-secret")), "warning main");
says("in envFrom", rolled(allKeys.replace("app-secrets", "app-sercets")), "warning main");
silent("made by the chart", rolled(env("A").replace("app-secrets", "app-secret")) + secret("app-secret"));
silent("another one by number", rolled(env("A").replace("app-secrets", "app-secrets2")));
silent("another word", rolled(env("A").replace("app-secrets", "api-secrets-db")));
