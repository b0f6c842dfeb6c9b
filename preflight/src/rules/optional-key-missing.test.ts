import { env, rolled, saved } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says, silent } = casesOf("optional-key-missing");

says("mistyped", rolled(env("DATABSE_URL", "D", ", optional: true")), "warning main DATABSE_URL", {
  keys: saved("DATABASE_URL"),
});
says("nothing like it", rolled(env("SENTRY_DSN", "D", ", optional: true")), "note main SENTRY_DSN");
says("YAML 1.1's yes", rolled(env("SENTRY_DSN", "D", ", optional: yes")), "note main SENTRY_DSN");
says(
  "the near one is read as well",
  rolled(
    "env: [{name: X, valueFrom: {secretKeyRef: {name: app-secrets, key: SMTP_HOST, optional: true}}}, {name: Y, valueFrom: {secretKeyRef: {name: app-secrets, key: SMTP_PORT}}}]",
  ),
  "note main SMTP_HOST",
  { keys: saved("SMTP_PORT") },
);
silent("saved", rolled(env("A", "A", ", optional: true")));
