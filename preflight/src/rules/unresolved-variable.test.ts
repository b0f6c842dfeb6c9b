import { allKeys, env, rolled, saved, type Checked } from "../../../e2e/harness/manifests.ts";
import { casesOf } from "../../../e2e/harness/rule-cases.ts";

const { says } = casesOf("unresolved-variable");

const unresolved = (
  name: string,
  container: string,
  expected: readonly string[],
  options: Checked = {},
  pod = "",
): void => says(name, rolled(container, pod), expected, options);

unresolved("a key in args", "args: ['--db=$(A)']", ["warning main A"]);
unresolved("of a name that nobody gives", "args: ['--db=$(DB_URL)'], command: ['$(DB_URL)']", [
  "warning main",
  "warning main",
]);
unresolved("given by env", `args: ['$(A)'], ${env("A")}`, []);
unresolved("given by envFrom", `args: ['$(A)'], ${allKeys}`, []);
unresolved("the prefix of envFrom", "args: ['$(A)'], envFrom: [{prefix: P_, secretRef: {name: app-secrets}}]", [
  "warning main A",
]);
unresolved("with the prefix", "args: ['$(P_A)'], envFrom: [{prefix: P_, secretRef: {name: app-secrets}}]", []);
unresolved(
  "a ConfigMap that is not rendered may give it",
  "args: ['$(DB_URL)'], envFrom: [{configMapRef: {name: other}}]",
  [],
);
unresolved(
  "such a ConfigMap with another prefix cannot",
  "args: ['$(DB_URL)'], envFrom: [{prefix: X_, configMapRef: {name: other}}]",
  ["warning main"],
);
unresolved("set further down", "env: [{name: URL, value: 'x$(PASS)'}, {name: PASS, value: p}]", ["warning main"]);
unresolved("set before", "env: [{name: PASS, value: p}, {name: URL, value: 'x$(PASS)'}]", []);
unresolved("meant literally", "args: ['$$(A)']", []);
unresolved("for a shell", "args: ['echo $(hostname) $(date +%s) $(cat /x)']", []);
unresolved("a service link", "args: ['$(REDIS_SERVICE_HOST):$(REDIS_PORT)', '$(KUBERNETES_SERVICE_HOST)']", []);
unresolved(
  "service links are off",
  "args: ['$(REDIS_SERVICE_HOST)']",
  ["warning main"],
  {},
  "enableServiceLinks: false",
);
unresolved("a key with the name of a service link", "args: ['$(SMTP_PORT)']", ["warning main SMTP_PORT"], {
  keys: saved("SMTP_PORT"),
});
