import { expect, test } from "vitest";
import { allKeys, check, env, found, rollme, saved, workload, type Checked } from "../../e2e/harness/manifests.ts";
import { ruleIds } from "./index.ts";

/** What one rule says of a manifest: `severity container key`, or nothing. */
interface Case {
  readonly name: string;
  readonly rule: string;
  readonly manifest: string;
  readonly options?: Checked;
  readonly says: readonly string[];
}

const cases: Case[] = [];
const says = (
  rule: string,
  name: string,
  manifest: string,
  expected: string | readonly string[],
  options: Checked = {},
): void => {
  cases.push({ rule, name, manifest, options, says: typeof expected === "string" ? [expected] : expected });
};
const silent = (rule: string, name: string, manifest: string, options: Checked = {}): void =>
  says(rule, name, manifest, [], options);

const object = (kind: string, name: string, rest: string, api = "v1"): string =>
  `---\n# Source: shop/templates/${kind.toLowerCase()}.yaml\napiVersion: ${api}\nkind: ${kind}\nmetadata: {name: ${name}}\n${rest}\n`;
const secret = (name: string, more = ""): string =>
  `---\napiVersion: v1\nkind: Secret\nmetadata: {name: ${name}${more}}\n`;
const rolled = (container: string, pod = ""): string => workload({ container, pod, annotations: rollme });
const service = (name: string, spec = "ports: [{port: 6379, name: tcp-redis}]"): string =>
  object("Service", name, `spec: {${spec}}`);
const required = (...keys: readonly string[]) => keys.map((key) => ({ key, source: "Chart.yaml" }));

says("missing-key", "required", rolled(env("NOPE")), "error main NOPE");
silent("missing-key", "saved", rolled(env("A")));
silent("missing-key", "optional", rolled(env("NOPE", "N", ", optional: true")));
silent("missing-key", "of another Secret", rolled(env("NOPE").replace("app-secrets", "other")));
says(
  "missing-key",
  "of a volume that nobody mounts",
  rolled("", "volumes: [{name: v, secret: {secretName: app-secrets, items: [{key: NOPE, path: n}]}}]"),
  "error NOPE",
);
says("missing-key", "azureFile names two", rolled("", "volumes: [{name: v, azureFile: {secretName: app-secrets}}]"), [
  "error azurestorageaccountname",
  "error azurestorageaccountkey",
]);
says(
  "missing-key",
  "an Ingress needs a certificate",
  object("Ingress", "i", "spec: {tls: [{secretName: app-secrets}]}", "networking.k8s.io/v1"),
  ["error tls.crt", "error tls.key"],
);
says(
  "missing-key",
  "a test hook fails only when it is asked for",
  workload({ kind: "Pod", container: env("NOPE"), head: "annotations: {helm.sh/hook: test}" }),
  "warning main NOPE",
);
says(
  "missing-key",
  "an upgrade hook stops the deployment",
  workload({ kind: "Job", container: env("NOPE"), head: "annotations: {helm.sh/hook: 'post-install,pre-upgrade'}" }),
  "error main NOPE",
);
says(
  "missing-key",
  "a controller of its own",
  object("Monitor", "m", "spec: {auth: {name: app-secrets, key: NOPE}}", "example.com/v1"),
  "warning NOPE",
);
silent("missing-key", "another namespace", workload({ container: env("NOPE"), head: "namespace: other" }));

says("removed-key-needed", "still named", rolled(env("OLD")), "error main OLD", { removedKeys: ["OLD"] });
silent("removed-key-needed", "not named any more", rolled(env("A")), { removedKeys: ["OLD"] });
silent("removed-key-needed", "optional", rolled(env("OLD", "OLD", ", optional: true")), { removedKeys: ["OLD"] });
silent("missing-key", "a removed key has a finding of its own", rolled(env("OLD")), { removedKeys: ["OLD"] });

says("required-key-missing", "a container reads all keys", rolled(allKeys), "error NEED", {
  required: required("A", "NEED"),
});
says("required-key-missing", "nobody reads all keys", rolled(env("A")), "warning NEED", { required: required("NEED") });
silent("required-key-missing", "saved", rolled(allKeys), { required: required("A", "B") });
silent("required-key-missing", "a reference says it already", rolled(env("NEED")), { required: required("NEED") });

says("secret-missing", "all keys of nothing", rolled(allKeys), "warning main", { keys: saved() });
silent("secret-missing", "something is saved", rolled(allKeys));
silent("secret-missing", "optional", rolled("envFrom: [{secretRef: {name: app-secrets, optional: true}}]"), {
  keys: saved(),
});

says(
  "optional-key-missing",
  "mistyped",
  rolled(env("DATABSE_URL", "D", ", optional: true")),
  "warning main DATABSE_URL",
  { keys: saved("DATABASE_URL") },
);
says(
  "optional-key-missing",
  "nothing like it",
  rolled(env("SENTRY_DSN", "D", ", optional: true")),
  "note main SENTRY_DSN",
);
says(
  "optional-key-missing",
  "YAML 1.1's yes",
  rolled(env("SENTRY_DSN", "D", ", optional: yes")),
  "note main SENTRY_DSN",
);
says(
  "optional-key-missing",
  "the near one is read as well",
  rolled(
    "env: [{name: X, valueFrom: {secretKeyRef: {name: app-secrets, key: SMTP_HOST, optional: true}}}, {name: Y, valueFrom: {secretKeyRef: {name: app-secrets, key: SMTP_PORT}}}]",
  ),
  "note main SMTP_HOST",
  { keys: saved("SMTP_PORT") },
);
silent("optional-key-missing", "saved", rolled(env("A", "A", ", optional: true")));

says("secret-name-near", "a letter is missing", rolled(env("A").replace("app-secrets", "app-secret")), "warning main");
says("secret-name-near", "in envFrom", rolled(allKeys.replace("app-secrets", "app-sercets")), "warning main");
silent(
  "secret-name-near",
  "made by the chart",
  rolled(env("A").replace("app-secrets", "app-secret")) + secret("app-secret"),
);
silent("secret-name-near", "another one by number", rolled(env("A").replace("app-secrets", "app-secrets2")));
silent("secret-name-near", "another word", rolled(env("A").replace("app-secrets", "api-secrets-db")));

says("secret-rendered-by-chart", "plain", secret("app-secrets"), "error");
says("secret-rendered-by-chart", "as a hook", "", "error", { hook: secret("app-secrets") });
silent("secret-rendered-by-chart", "another namespace", secret("app-secrets", ", namespace: other"));
silent("secret-rendered-by-chart", "another name", secret("app-secrets-2"));

const external = (rest: string): string =>
  object("ExternalSecret", "app-secrets", `spec: {${rest}}`, "external-secrets.io/v1");
says("secret-made-by-operator", "External Secrets, by its own name", external(""), "error");
silent("secret-made-by-operator", "External Secrets, another target", external("target: {name: other}"));
says(
  "secret-made-by-operator",
  "a sealed one",
  object("SealedSecret", "app-secrets", "spec: {}", "bitnami.com/v1alpha1"),
  "error",
);
says(
  "secret-made-by-operator",
  "Vault's operator",
  object("VaultStaticSecret", "v", "spec: {destination: {name: app-secrets}}", "secrets.hashicorp.com/v1beta1"),
  "error",
);
says(
  "secret-made-by-operator",
  "the CSI driver",
  object(
    "SecretProviderClass",
    "v",
    "spec: {secretObjects: [{secretName: app-secrets}]}",
    "secrets-store.csi.x-k8s.io/v1",
  ),
  "error",
);
silent(
  "secret-made-by-operator",
  "a certificate elsewhere",
  object("Certificate", "app-secrets", "spec: {secretName: tls}", "cert-manager.io/v1"),
);

const below = (text: string): string =>
  workload({ container: env("A") }).replace("annotations: {}}", `x: {}}, ${text}`);
says("rollme-misplaced", "the sample: directly below the template", below("annotations: {rollme: abcde}"), "error");
says("rollme-misplaced", "labels there", below("labels: {a: b}"), "error");
says(
  "rollme-misplaced",
  "in a Rollout",
  below("annotations: {rollme: abcde}").replace("apps/v1\nkind: Deployment", "argoproj.io/v1alpha1\nkind: Rollout"),
  "warning",
);
says(
  "rollme-misplaced",
  "on the object",
  workload({ container: env("A"), head: `annotations: {${rollme}}` }),
  "warning",
);
silent(
  "rollme-misplaced",
  "on both",
  workload({ container: env("A"), annotations: rollme, head: `annotations: {${rollme}}` }),
);
silent("rollme-misplaced", "on the pod template", rolled(env("A")));

const facts = (nul: boolean, utf8: boolean, bytes = 3) => ({ keys: new Map([["A", { bytes, nul, utf8 }]]) });
const mounted = workload({
  container: "volumeMounts: [{name: v, mountPath: /v}]",
  pod: "volumes: [{name: v, secret: {secretName: app-secrets}}]",
  annotations: rollme,
});
says("env-nul", "by name", rolled(env("A")), "error main A", facts(true, true));
says("env-nul", "all keys", rolled(allKeys), "error main A", facts(true, true));
silent("env-nul", "as a file", mounted, facts(true, true));
says("env-not-utf8", "by name", rolled(env("A")), "error main A", facts(false, false));
silent("env-not-utf8", "as a file", mounted, facts(false, false));
says("env-too-large", "one byte over", rolled(env("A")), "error main A", facts(false, true, 131_070));
silent("env-too-large", "just fits", rolled(env("A")), facts(false, true, 131_069));
says(
  "env-too-large",
  "by the prefix",
  rolled("envFrom: [{prefix: XY, secretRef: {name: app-secrets}}]"),
  "error main A",
  facts(false, true, 131_069),
);

says("image-pull-secret-misuse", "a pod", rolled("", "imagePullSecrets: [{name: app-secrets}]"), "error");
says(
  "image-pull-secret-misuse",
  "a ServiceAccount",
  object("ServiceAccount", "s", "imagePullSecrets: [{name: app-secrets}]"),
  "error",
);
silent("image-pull-secret-misuse", "another Secret", rolled("", "imagePullSecrets: [{name: registry}]"));
silent(
  "image-pull-secret-misuse",
  "a ServiceAccount that may mount it",
  object("ServiceAccount", "s", "secrets: [{name: app-secrets}]"),
);

says(
  "env-duplicate",
  "Helm 4",
  rolled("env: [{name: X, value: '1'}, {name: X, value: '2'}, {name: X, value: '3'}]"),
  "error main",
);
says("env-duplicate", "Helm 3", rolled("env: [{name: X, value: '1'}, {name: X, value: '2'}]"), "warning main", {
  helmMajor: 3,
});
says(
  "env-duplicate",
  "in an object of another kind",
  workload({
    kind: "Machine",
    api: "example.com/v1",
    container: "env: [{name: X, value: '1'}, {name: X, value: '2'}]",
  }),
  "error main",
);
silent(
  "env-duplicate",
  "two containers",
  rolled("env: [{name: X, value: '1'}]", "initContainers: [{name: i, image: x, env: [{name: X, value: '2'}]}]"),
);

const job = (more: Parameters<typeof workload>[0] = {}): string =>
  workload({ kind: "Job", api: "batch/v1", container: env("A"), annotations: rollme, ...more });
const template = (text: string) =>
  new Map([
    ["shop/templates/api.yaml", text],
    ["shop/templates/api-7.yaml", text],
  ]);
says("job-random-annotation", "plain", job(), "error");
says(
  "job-random-annotation",
  "a random variable",
  workload({ kind: "Job", container: "env: [{name: X, value: abcde}]" }),
  "error",
);
silent("job-random-annotation", "as a hook", job({ head: "annotations: {helm.sh/hook: pre-upgrade}" }));
silent("job-random-annotation", "nothing is random", workload({ kind: "Job", container: env("A") }));
silent("job-random-annotation", "a random name", job({ name: "api-abcde" }));
silent("job-random-annotation", "the revision in its name", job({ name: "api-7" }), { helmRevision: 7 });
says("job-random-annotation", "a number that is not the revision", job({ name: "api-7" }), "error", {
  helmRevision: 8,
});
says(
  "job-random-annotation",
  "a number that its template does not take from the revision",
  job({ name: "api-7" }),
  "error",
  { helmRevision: 7, templates: template("name: api-7") },
);
silent("job-random-annotation", "a number that its template takes from the revision", job({ name: "api-7" }), {
  helmRevision: 7,
  templates: template("name: api-{{ .Release.Revision }}"),
});
says("job-random-annotation", "it goes away by itself", job({ spec: "ttlSecondsAfterFinished: 60," }), "warning");
says("job-random-annotation", "offline, what is random may be kept in the cluster", job(), "warning", {
  offline: true,
  templates: template('{{ lookup "v1" "Secret" "" "x" }}'),
});

says("no-roll-trigger", "nothing changes", workload({ container: env("A") }), "note");
says("no-roll-trigger", "nothing changes, and nobody adds anything", workload({ container: env("A") }), "warning", {
  restart: "off",
});
says(
  "no-roll-trigger",
  "an annotation called rollme with constant text",
  workload({ container: env("A"), annotations: "rollme: always" }),
  "note",
);
says(
  "no-roll-trigger",
  "a checksum of the chart's own files",
  workload({ container: env("A"), annotations: "checksum/config: 0a1b2c" }),
  "warning",
  { restart: "chart" },
);
silent("no-roll-trigger", "a random annotation", rolled(env("A")), { restart: "off" });
silent(
  "no-roll-trigger",
  "a random label",
  workload({ container: env("A"), pod: "" })
    .replace("labels: {app: api}}, a", "labels: {app: api}}, a")
    .replace("{labels: {app: api}, annotations", "{labels: {app: api, roll: abcde}, annotations"),
  { restart: "off" },
);
silent(
  "no-roll-trigger",
  "a random variable",
  workload({ container: "env: [{name: R, value: abcde}], envFrom: [{secretRef: {name: app-secrets}}]" }),
  { restart: "off" },
);
silent(
  "no-roll-trigger",
  "a digest of the Secret itself",
  workload({ container: env("A"), annotations: "checksum/secret: 0a1b2c" }),
  {
    restart: "off",
    templates: template('{{ (lookup "v1" "Secret" .Release.Namespace "app-secrets").data | toJson | sha256sum }}'),
  },
);
silent("no-roll-trigger", "the release's number", workload({ container: env("A"), annotations: "revision: '7'" }), {
  restart: "off",
  templates: template("revision: {{ .Release.Revision | quote }}"),
});
silent(
  "no-roll-trigger",
  "Reloader restarts it",
  workload({ container: env("A"), head: "annotations: {reloader.stakater.com/auto: 'true'}" }),
  { restart: "off" },
);
silent("no-roll-trigger", "one render tells nothing", workload({ container: env("A") }), {
  restart: "off",
  again: undefined,
});
silent("no-roll-trigger", "it does not use the Secret", workload({ container: "" }), { restart: "off" });
silent("no-roll-trigger", "a cron job's next run has it anyway", workload({ kind: "CronJob", container: env("A") }), {
  restart: "off",
});

const held = (kind: string, spec: string, api = "apps/v1"): string =>
  workload({ kind, api, spec, container: env("A"), annotations: rollme });
says("held-workload", "OnDelete", held("DaemonSet", "updateStrategy: {type: OnDelete},"), "warning");
says("held-workload", "partition", held("StatefulSet", "updateStrategy: {rollingUpdate: {partition: 2}},"), "warning");
silent("held-workload", "partition 0", held("StatefulSet", "updateStrategy: {rollingUpdate: {partition: 0}},"));
says("held-workload", "paused", held("Deployment", "paused: true,"), "warning");
says(
  "held-workload",
  "a CloneSet's partition",
  held("CloneSet", "updateStrategy: {partition: 20%},", "apps.kruise.io/v1alpha1"),
  "warning",
);
says(
  "held-workload",
  "an advanced DaemonSet that is paused",
  held("DaemonSet", "updateStrategy: {rollingUpdate: {paused: true}},", "apps.kruise.io/v1alpha1"),
  "warning",
);
says(
  "held-workload",
  "a blue-green Rollout that waits",
  held("Rollout", "strategy: {blueGreen: {autoPromotionEnabled: false}},", "argoproj.io/v1alpha1"),
  "warning",
);
silent(
  "held-workload",
  "a canary that goes on by itself",
  held("Rollout", "strategy: {canary: {steps: [{pause: {duration: 1m}}]}},", "argoproj.io/v1alpha1"),
);

says("bare-pod", "a Pod", workload({ kind: "Pod", container: env("A") }), "warning");
says("bare-pod", "a ReplicaSet", workload({ kind: "ReplicaSet", container: env("A"), annotations: rollme }), "warning");
silent(
  "bare-pod",
  "a Pod that is a hook",
  workload({ kind: "Pod", container: env("A"), head: "annotations: {helm.sh/hook: test}" }),
);
silent("bare-pod", "a Pod that does not use it", workload({ kind: "Pod" }));

says("downtime", "Recreate", held("Deployment", "strategy: {type: Recreate},"), "warning");
says("downtime", "minReadySeconds", held("Deployment", "minReadySeconds: 30,"), "note");
says("downtime", "minReadySeconds past the time", held("Deployment", "minReadySeconds: 300,"), "warning", {
  timeoutSeconds: 300,
});
silent("downtime", "RollingUpdate", held("Deployment", "strategy: {type: RollingUpdate}, minReadySeconds: 0,"));
silent("downtime", "not a consumer", workload({ spec: "strategy: {type: Recreate}," }));

const subPath = rolled(
  "volumeMounts: [{name: v, mountPath: /v, subPath: A}]",
  "volumes: [{name: v, secret: {secretName: app-secrets, items: [{key: A, path: A}]}}]",
);
says("sub-path", "restarted", subPath, "note main A");
says("sub-path", "not restarted", subPath, "warning main A", { restart: "off" });
silent("sub-path", "the whole volume", mounted);

const unresolved = (
  name: string,
  container: string,
  expected: readonly string[],
  options: Checked = {},
  pod = "",
): void => says("unresolved-variable", name, rolled(container, pod), expected, options);
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

const configMap = object("ConfigMap", "conf", "data: {A: x, C: y}");
says("env-shadowed", "by env", rolled(`env: [{name: A, value: x}], ${allKeys}`), "warning main A");
says("env-shadowed", "by another key", rolled(`${env("B", "A")}, ${allKeys}`), "warning main A");
silent("env-shadowed", "by the same key", rolled(`${env("A")}, ${allKeys}`));
says(
  "env-shadowed",
  "by a later ConfigMap",
  configMap + rolled("envFrom: [{secretRef: {name: app-secrets}}, {configMapRef: {name: conf}}]"),
  "warning main A",
);
silent(
  "env-shadowed",
  "an earlier ConfigMap loses",
  configMap + rolled("envFrom: [{configMapRef: {name: conf}}, {secretRef: {name: app-secrets}}]"),
);
silent(
  "env-shadowed",
  "with a prefix it is another name",
  configMap + rolled("envFrom: [{secretRef: {name: app-secrets}}, {prefix: P_, configMapRef: {name: conf}}]"),
);
silent(
  "env-shadowed",
  "what is not rendered is not known",
  rolled("envFrom: [{secretRef: {name: app-secrets}}, {configMapRef: {name: conf}}]"),
);

const redisPort = env("REDIS_PORT", "REDIS_PORT", ", optional: true");
says("service-link-collision", "an optional key", service("redis") + rolled(redisPort), "warning main REDIS_PORT");
says(
  "service-link-collision",
  "a key of the contract",
  service("redis") + rolled(allKeys),
  "warning main REDIS_SERVICE_PORT_TCP_REDIS",
  { required: required("REDIS_SERVICE_PORT_TCP_REDIS") },
);
says(
  "service-link-collision",
  "a removed key",
  service("redis") + rolled(allKeys),
  "warning main REDIS_PORT_6379_TCP_ADDR",
  { removedKeys: ["REDIS_PORT_6379_TCP_ADDR"] },
);
silent("service-link-collision", "saved", service("redis") + rolled(redisPort), { keys: saved("REDIS_PORT") });
silent(
  "service-link-collision",
  "service links are off",
  service("redis") + rolled(redisPort, "enableServiceLinks: false"),
);
silent(
  "service-link-collision",
  "a Service without an address",
  service("redis", "clusterIP: None, ports: [{port: 6379}]") + rolled(redisPort),
);
silent("service-link-collision", "a Service of another name", service("redis-master") + rolled(redisPort));

const scaler = (kind = "Deployment", name = "api"): string =>
  object(
    "HorizontalPodAutoscaler",
    "h",
    `spec: {scaleTargetRef: {apiVersion: apps/v1, kind: ${kind}, name: ${name}}}`,
    "autoscaling/v2",
  );
says("hpa-replicas", "both", scaler() + workload({ spec: "replicas: 2," }), "warning");
silent("hpa-replicas", "no replicas", scaler() + workload({}));
silent("hpa-replicas", "another workload", scaler("Deployment", "web") + workload({ spec: "replicas: 2," }));
says(
  "hpa-replicas",
  "KEDA",
  object("ScaledObject", "s", "spec: {scaleTargetRef: {name: api}}", "keda.sh/v1alpha1") +
    workload({ spec: "replicas: 2," }),
  "warning",
);

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
  "lookup-copies-secret",
  "directly",
  looked(`data: {p: {{ ${lookup}.data.P | b64dec }}}`)[0],
  "warning",
  looked(`data: {p: {{ ${lookup}.data.P | b64dec }}}`)[1],
);
says(
  "lookup-copies-secret",
  "by a variable",
  looked("")[0],
  "warning",
  looked(`{{- $s := ${lookup} }}\np: {{ index $s.data "P" }}`)[1],
);
says(
  "lookup-copies-secret",
  "by with",
  looked("")[0],
  "warning",
  looked(`{{ with ${lookup} }}\np: {{ .data.P }}{{ end }}`)[1],
);
says(
  "lookup-copies-secret",
  "by two helpers",
  looked("")[0],
  "warning",
  looked(
    'p: {{ include "shop.outer" . }}',
    "ConfigMap",
    `{{- define "shop.inner" -}}{{ ${lookup}.data.P }}{{- end }}\n{{ define "shop.outer" }}{{ include "shop.inner" . }}{{ end }}`,
  )[1],
);
silent("lookup-copies-secret", "only whether it is there", looked("")[0], looked(`{{ if ${lookup} }}p: 1{{ end }}`)[1]);
silent(
  "lookup-copies-secret",
  "only its digest",
  looked("")[0],
  looked(`p: {{ ${lookup}.data | toJson | sha256sum }}`)[1],
);
silent(
  "lookup-copies-secret",
  "into a Secret",
  looked("", "Secret")[0],
  looked(`p: {{ ${lookup}.data.P }}`, "Secret")[1],
);
silent(
  "lookup-copies-secret",
  "a helper that this template does not use",
  looked("")[0],
  looked("p: 1", "ConfigMap", `{{ define "x" }}{{ ${lookup}.data.P }}{{ end }}`)[1],
);
silent("lookup-copies-secret", "templates that are not known", looked("")[0]);

says(
  "foreign-namespace",
  "a workload elsewhere",
  workload({ container: env("A"), head: "namespace: other" }),
  "warning",
);
silent("foreign-namespace", "the environment's own", workload({ container: env("A"), head: "namespace: shop" }));
silent("foreign-namespace", "elsewhere, without the Secret", workload({ head: "namespace: other" }));

says("envfrom-unusable-name", "a digit first", rolled(allKeys), "warning main 1A", { keys: saved("1A") });
says("envfrom-unusable-name", "a dash", rolled(allKeys), "note main a-b", { keys: saved("a-b") });
silent("envfrom-unusable-name", "the prefix helps", rolled("envFrom: [{prefix: P_, secretRef: {name: app-secrets}}]"), {
  keys: saved("1A"),
});
silent("envfrom-unusable-name", "named one by one", rolled(env("a-b", "AB")), { keys: saved("a-b") });

const running = (uses: "all" | readonly string[], inRelease = true) => ({
  removedKeys: ["OLD"],
  running: [{ kind: "Deployment", name: "api", uses, inRelease }],
});
says("removed-key-in-use", "by running pods", rolled(env("A")), "warning OLD", running(["OLD"]));
silent("removed-key-in-use", "pods that take what there is", rolled(allKeys), running("all"));
silent("removed-key-in-use", "other keys", rolled(env("A")), running(["A"]));
silent("removed-key-in-use", "the new manifest needs it: that is the finding", rolled(env("OLD")), running(["OLD"]));
says("removed-key-stays", "a note", rolled(env("A")), "note OLD", { removedKeys: ["OLD"] });
silent("removed-key-stays", "nothing is removed", rolled(env("A")));

says("release-too-large", "over 1 MiB", "", "error", { releaseBytes: 1_048_577 });
says("release-too-large", "nearly", "", "warning", { releaseBytes: 1_000_000 });
silent("release-too-large", "small", "", { releaseBytes: 100_000 });
silent("release-too-large", "not known", "");

says("unused-keys", "one is", rolled(env("A")), "note");
silent("unused-keys", "a container takes all", rolled(allKeys));
silent("unused-keys", "the contract names it", rolled(env("A")), { required: required("B") });
silent("unused-keys", "something outside of the release reads it", rolled(env("A")), {
  running: [{ kind: "Deployment", name: "old", uses: ["B"], inRelease: false }],
});

test.each(cases)("$rule: $name", ({ rule, manifest, options = {}, says: expected }) => {
  const own = check(manifest, options).findings.filter((finding) => finding.rule === rule);
  expect(
    own.map(({ severity, container, key }) => [severity, container, key].filter((one) => one !== null).join(" ")),
  ).toEqual(expected);
});

test("every rule has a case that it finds and one that it leaves alone", () => {
  const found = cases.filter((one) => one.says.length > 0).map(({ rule }) => rule);
  const left = cases.filter((one) => one.says.length === 0).map(({ rule }) => rule);
  expect(new Set(found)).toEqual(new Set(ruleIds));
  expect(new Set(left)).toEqual(new Set(ruleIds));
});

test("no finding comes with another one for the same reason", () => {
  expect(found(rolled(env("OLD")), { removedKeys: ["OLD"] })).toEqual([
    "error removed-key-needed main OLD",
    "note removed-key-stays OLD",
  ]);
  expect(found(rolled(allKeys), { keys: saved(), required: required("NEED") })).toEqual([
    "error required-key-missing NEED",
    "warning secret-missing main",
  ]);
  expect(found(workload({ container: env("NOPE"), head: "namespace: other" }))).toEqual(["warning foreign-namespace"]);
});
