import { expect, test } from "vitest";
import { check, env, found, rollme, saved, workload, type Checked } from "../../e2e/harness/manifests.ts";
import { parseManifests, type KeyFacts } from "./index.ts";

test("lists, several documents, hooks and the chart's own files", () => {
  const list = `apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: m, ${env("NOPE")}}]}}\n`;
  expect(check(`${list}${workload({ container: env("NOPE2"), annotations: rollme })}`).findings).toMatchObject([
    { rule: "missing-key", object: { kind: "Pod", name: "a" }, source: null, key: "NOPE" },
    {
      rule: "missing-key",
      object: { kind: "Deployment", name: "api" },
      source: "shop/templates/api.yaml",
      key: "NOPE2",
    },
    { rule: "bare-pod" },
    { rule: "unused-keys" },
  ]);
});

test("a missing key names the object, the container, the key, the file and the near one", () => {
  const { findings } = check(workload({ container: env("DATABSE_URL"), annotations: rollme }), {
    keys: saved("DATABASE_URL"),
  });
  expect(findings[0]).toEqual({
    rule: "missing-key",
    severity: "error",
    object: { kind: "Deployment", namespace: null, name: "api" },
    container: "main",
    key: "DATABSE_URL",
    source: "shop/templates/api.yaml",
    message:
      "Deployment/api (container main) needs `DATABSE_URL` of app-secrets, which is not saved. Did you mean `DATABASE_URL`?",
    fix: "Correct the name in shop/templates/api.yaml, or save it: keyroll set DATABSE_URL",
  });
});

test("an optional reference is a note, another Secret is none", () => {
  expect(found(workload({ container: env("X", "X", ", optional: true"), annotations: rollme }))).toEqual([
    "note optional-key-missing main X",
  ]);
  expect(found(workload({ container: env("A", "X"), annotations: rollme }))).toEqual([]);
  expect(found(workload({ container: env("X").replace("app-secrets", "other"), annotations: rollme }))).toEqual([]);
  expect(found(workload({ container: env("X"), annotations: rollme }), { keys: saved("X") })).toEqual([]);
});

test("what the cluster has is checked as what a chart renders, and named by its own manifest", () => {
  const live = (container: string, options: Checked = {}): ReturnType<typeof check> => {
    const objects = parseManifests(workload({ container }), "manifest");
    return check("", {
      objects: objects.map((one) => ({ ...one, source: null, origin: "live" as const })),
      again: undefined,
      ...options,
    });
  };
  const words = (result: ReturnType<typeof check>): string[] =>
    result.findings.map(({ rule, message, fix }) => [rule, message, fix].join(" | "));
  expect(words(live(env("DATABSE_URL"), { keys: saved("DATABASE_URL") }))).toEqual([
    "missing-key | Deployment/api (container main) needs `DATABSE_URL` of app-secrets, which is not saved. Did you mean `DATABASE_URL`? | Correct the name in the manifest of Deployment/api, or save it: keyroll set DATABSE_URL",
    "unused-keys | Not used by any workload here: DATABASE_URL (1 of 1). | Nothing, or remove what nobody needs.",
  ]);
  expect(words(live(env("OLD"), { keys: saved(), removedKeys: ["OLD"] }))[0]).toContain(
    "Take it out of the manifest of Deployment/api first, or save it again: keyroll set OLD",
  );
  // The API server let it in, and nothing is applied again.
  expect(live(`${env("A").slice(0, -1)}, {name: A, value: x}]`, { keys: saved("A") }).findings).toEqual([]);
});

test("rollme at the wrong level: the sample that many copy", () => {
  const directly = workload({ container: env("A") }).replace(
    /template: \{metadata: \{[^}]*\}, annotations: \{\}\}/u,
    "template: {annotations: {rollme: abcde}, metadata: {labels: {app: api}}",
  );
  expect(directly).toContain("annotations: {rollme");
  expect(found(directly)).toContain("error rollme-misplaced");
  expect(check(directly, { helmMajor: 3 }).findings[0]?.message).toContain("every upgrade after that fails");
  expect(check(directly).findings[0]?.message).toContain("Helm 4 refuses");
  expect(found(workload({ container: env("A"), head: `annotations: {${rollme}}` }))).toEqual([
    "warning rollme-misplaced",
    "note no-roll-trigger",
  ]);
  expect(found(workload({ container: env("A"), annotations: rollme, head: `annotations: {${rollme}}` }))).toEqual([]);
});

test("a chart that makes the Secret itself", () => {
  const secret = (more: string): string => `---\napiVersion: v1\nkind: Secret\nmetadata: {name: app-secrets${more}}\n`;
  expect(found(secret(""))).toEqual(["error secret-rendered-by-chart"]);
  expect(found(secret(", namespace: shop"))).toEqual(["error secret-rendered-by-chart"]);
  expect(found(secret(", namespace: other"))).toEqual([]);
  expect(found(secret("").replace("app-secrets", "app-secrets-2"))).toEqual([]);
  expect(check("", { hook: secret("") }).findings[0]?.message).toContain("as a hook: it would silently replace");
});

test("values that no environment variable can hold", () => {
  const keys = new Map<string, KeyFacts>([
    ["A", { bytes: 3, nul: true, utf8: true }],
    ["B", { bytes: 131_070 - 1, nul: false, utf8: true }],
    ["C", { bytes: 3, nul: false, utf8: false }],
  ]);
  expect(found(workload({ container: env("A"), annotations: rollme }), { keys })).toEqual(["error env-nul main A"]);
  expect(found(workload({ container: env("B"), annotations: rollme }), { keys })).toEqual([]);
  expect(found(workload({ container: env("B", "BB"), annotations: rollme }), { keys })).toEqual([
    "error env-too-large main B",
  ]);
  expect(found(workload({ container: env("C"), annotations: rollme }), { keys })).toEqual([
    "error env-not-utf8 main C",
  ]);
  const all = "envFrom: [{secretRef: {name: app-secrets}}]";
  expect(found(workload({ container: all, annotations: rollme }), { keys })).toEqual([
    "error env-nul main A",
    "error env-not-utf8 main C",
  ]);
  const volume = {
    container: "volumeMounts: [{name: v, mountPath: /v}]",
    pod: "volumes: [{name: v, secret: {secretName: app-secrets}}]",
  };
  expect(found(workload({ ...volume, annotations: rollme }), { keys })).toEqual([]);
});

test("envFrom leaves names out that no shell takes", () => {
  const all = workload({ container: "envFrom: [{secretRef: {name: app-secrets}}]", annotations: rollme });
  expect(found(all, { keys: saved("A", "my-key") })).toEqual(["note envfrom-unusable-name main my-key"]);
  expect(found(all, { keys: saved("A", "1KEY") })).toEqual(["warning envfrom-unusable-name main 1KEY"]);
  expect(found(workload({ container: env("my-key", "MINE"), annotations: rollme }), { keys: saved("my-key") })).toEqual(
    [],
  );
});

test("a template in which nothing changes", () => {
  expect(found(workload({ container: env("A") }))).toEqual(["note no-roll-trigger"]);
  expect(found(workload({ container: env("A") }), { restart: "off" })).toEqual(["warning no-roll-trigger"]);
  expect(found(workload({ container: env("A"), annotations: rollme }), { restart: "off" })).toEqual([]);
  expect(found(workload({ container: "" }))).toEqual([]);
});

test("workloads that are held back on purpose", () => {
  const held = (kind: string, spec: string): string[] =>
    found(workload({ kind, spec, container: env("A"), annotations: rollme }));
  expect(held("DaemonSet", "updateStrategy: {type: OnDelete},")).toEqual(["warning held-workload"]);
  expect(held("StatefulSet", "updateStrategy: {rollingUpdate: {partition: 2}},")).toEqual(["warning held-workload"]);
  expect(held("Deployment", "paused: true,")).toEqual(["warning held-workload"]);
  expect(held("StatefulSet", "updateStrategy: {rollingUpdate: {partition: 0}},")).toEqual([]);
});

test("other traps: a bare Pod, a Job with a random template, the Secret as registry credentials, a variable set twice", () => {
  expect(found(workload({ kind: "Pod", container: env("A") }))).toEqual(["warning bare-pod"]);
  expect(found(workload({ kind: "Job", container: env("A"), annotations: rollme }))).toEqual([
    "error job-random-annotation",
  ]);
  expect(found(workload({ kind: "Job", container: env("A") }))).toEqual([]);
  expect(
    found(workload({ container: env("A"), pod: "imagePullSecrets: [{name: app-secrets}]", annotations: rollme })),
  ).toEqual(["error image-pull-secret-misuse"]);
  const twice = "env: [{name: X, value: '1'}, {name: X, value: '2'}]";
  expect(found(workload({ container: twice }))).toEqual(["error env-duplicate main"]);
  expect(found(workload({ container: twice }), { helmMajor: 3 })).toEqual(["warning env-duplicate main"]);
});

test("removed keys, subPath and unused keys are notes", () => {
  const mount = {
    container: "volumeMounts: [{name: v, mountPath: /v, subPath: A}]",
    pod: "volumes: [{name: v, secret: {secretName: app-secrets, items: [{key: A, path: A}]}}]",
  };
  expect(found(workload({ ...mount, annotations: rollme }))).toEqual(["note sub-path main A"]);
  expect(found(workload({ container: env("A"), annotations: rollme }), { removedKeys: ["OLD"] })).toEqual([
    "note removed-key-stays OLD",
  ]);
  const { findings } = check(workload({ container: env("A"), annotations: rollme }));
  expect(findings.map(({ rule, message }) => [rule, message])).toEqual([
    ["unused-keys", "Not used by the chart: B (1 of 2)."],
  ]);
});

test("errors come first", () => {
  const { findings } = check(workload({ container: env("X"), head: `annotations: {${rollme}}` }));
  expect(findings.map(({ severity }) => severity)).toEqual(["error", "warning", "note", "note"]);
});

/** Shapes of charts that many people use; none of them is wrong. */
const ordinary: Record<string, string> = {
  "a web app with a migration hook, a service and an ingress": `${workload({ container: env("A"), annotations: rollme })}---
apiVersion: v1
kind: Service
metadata: {name: api}
spec: {ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: api}
spec: {tls: [{secretName: api-tls}]}
`,
  "a database with its own Secret": workload({
    kind: "StatefulSet",
    name: "db",
    container: "env: [{name: P, valueFrom: {secretKeyRef: {name: db-postgresql, key: password}}}]",
  }),
  "a checksum of the Secret, looked up": workload({ container: env("A"), annotations: "checksum/config: abcde" }),
  "a cron job": workload({ kind: "CronJob", container: env("B") }),
  "a CRD whose schema looks like a pod":
    "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x.example.com}\nspec: {versions: [{schema: {openAPIV3Schema: {properties: {env: {type: array}}}}}]}\n",
};

test.each(Object.entries(ordinary))("no false alarm: %s", (_, manifest) => {
  expect(found(manifest)).toEqual([]);
});
