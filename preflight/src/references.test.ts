import { expect, test } from "vitest";
import { allKeys, check, env, saved, workload } from "../../e2e/harness/manifests.ts";
import { parseManifests, references } from "./index.ts";

const places = (manifest: string): Set<string> =>
  new Set(
    references(parseManifests(manifest, "manifest"), { secretName: "app-secrets" }).map(
      ({ container, containerKind, how, key, prefix, envName }) =>
        [container, containerKind, how, key, prefix, envName].join("/"),
    ),
  );
const consumersOf = (manifest: string) =>
  check(manifest).consumers.map(({ object, uses, rolls, rollTrigger }) => [object.kind, uses, rolls, rollTrigger]);

/** Kind, API version, whether a changed template makes other pods. */
const kinds: readonly (readonly [kind: string, api: string, rolls: boolean])[] = [
  ["Deployment", "apps/v1", true],
  ["StatefulSet", "apps/v1", true],
  ["DaemonSet", "apps/v1", true],
  ["ReplicaSet", "apps/v1", false],
  ["ReplicationController", "v1", false],
  ["Job", "batch/v1", false],
  ["CronJob", "batch/v1", false],
  ["PodTemplate", "v1", false],
  ["Rollout", "argoproj.io/v1alpha1", true],
  ["Service", "serving.knative.dev/v1", true],
  ["Configuration", "serving.knative.dev/v1", true],
  ["CloneSet", "apps.kruise.io/v1alpha1", true],
  ["StatefulSet", "apps.kruise.io/v1beta1", true],
  ["DaemonSet", "apps.kruise.io/v1alpha1", true],
  ["Machine", "example.com/v1", false],
  ["Pod", "v1", false],
];

test.each(kinds)("references of a %s (%s)", (kind, api, rolls) => {
  const manifest = workload({
    kind,
    api,
    container: `env: [{name: X, valueFrom: {secretKeyRef: {name: app-secrets, key: A}}}, {name: O, valueFrom: {secretKeyRef: {name: other, key: Z}}}], envFrom: [{prefix: P_, secretRef: {name: app-secrets}}, {secretRef: {name: other}}], volumeMounts: [{name: v, mountPath: /v}, {name: p, mountPath: /p, subPath: B}]`,
    pod: `initContainers: [{name: first, image: x, ${env("B")}}, {name: side, image: x, restartPolicy: Always, ${env("C")}}], ephemeralContainers: [{name: debug, image: x, ${env("D")}}], volumes: [{name: v, secret: {secretName: app-secrets, items: [{key: A, path: a}]}}, {name: p, projected: {sources: [{secret: {name: app-secrets, items: [{key: B, path: b}]}}, {secret: {name: app-secrets, items: [{key: D, path: d}]}}]}}, {name: nobody, secret: {secretName: app-secrets, items: [{key: E, path: e}]}}], imagePullSecrets: [{name: app-secrets}, {name: other}]`,
  });
  expect(places(manifest)).toEqual(
    new Set([
      "first/init/env/B//B",
      "side/sidecar/env/C//C",
      "debug/ephemeral/env/D//D",
      "main/container/env/A//X",
      "main/container/envFrom//P_/",
      "main/container/volume/A//",
      "main/container/subPath/B//",
      "main/container/subPath/D//",
      "//volume/E//",
      "//imagePullSecrets/.dockerconfigjson//",
    ]),
  );
  // A Pod of its own is not rolled: it has a warning instead.
  const trigger = ["Machine"].includes(kind) ? "unknown" : false;
  expect(consumersOf(manifest)).toEqual(kind === "Pod" ? [] : [[kind, "all", rolls, trigger]]);
});

test("what a container has by a merge key is its own", () => {
  const base = "{image: x, env: [{name: X, valueFrom: {secretKeyRef: {name: app-secrets, key: K}}}]}";
  const pod = `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nx-base: &base ${base}\nspec: {containers: [{name: m, <<: *base}]}\n`;
  expect(places(pod)).toContain("m/container/env/K//X");
});

test("printed JSON further left than its key is read, as Helm takes it", () => {
  const env = '[\n{"name": "X",\n"valueFrom": {"secretKeyRef": {"name": "app-secrets", "key": "it\'s }"}}\n}\n]';
  const pod = `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  nodeSelector: {\n"a": "b"\n}\n  containers:\n    - name: m\n      image: x\n      env: ${env}\n`;
  expect(places(pod)).toEqual(new Set(["m/container/env/it's }//X"]));
});

test("aliases are followed as often as a chart has them, and one that leads nowhere is no YAML", () => {
  const often = `apiVersion: v1\nkind: ConfigMap\nx: &b {a: {b: 1}}\ny: [${Array.from({ length: 300 }, () => "*b").join(", ")}]\n`;
  expect(parseManifests(often, "manifest")).toHaveLength(1);
  expect(() => parseManifests("kind: A\nx: *nowhere\n", "manifest")).toThrow(/is not YAML: BAD_ALIAS$/u);
});

test.each([
  ["csi: {driver: x, nodePublishSecretRef: {name: app-secrets}}", ["//credentials///"]],
  [
    "azureFile: {shareName: s, secretName: app-secrets}",
    ["//credentials/azurestorageaccountname//", "//credentials/azurestorageaccountkey//"],
  ],
  ["cephfs: {monitors: [a], secretRef: {name: app-secrets}}", ["//credentials///"]],
  ["iscsi: {iqn: a, secretRef: {name: app-secrets}}", ["//credentials///"]],
  ["rbd: {image: a, secretRef: {name: app-secrets}}", ["//credentials///"]],
  ["scaleIO: {system: a, secretRef: {name: app-secrets}}", ["//credentials///"]],
  ["storageos: {volumeName: a, secretRef: {name: app-secrets}}", ["//credentials///"]],
  ["flexVolume: {driver: a, secretRef: {name: app-secrets}}", ["//credentials///"]],
  ["csi: {driver: x, nodePublishSecretRef: {name: other}}", []],
])("a volume with credentials: %s", (volume, expected) => {
  const manifest = workload({
    container: "volumeMounts: [{name: v, mountPath: /v}]",
    pod: `volumes: [{name: v, ${volume}}]`,
  });
  expect(places(manifest)).toEqual(new Set(expected));
});

test("a ServiceAccount, an Ingress, and objects whose controller reads the Secret", () => {
  const objects = `---
apiVersion: v1
kind: ServiceAccount
metadata: {name: shop}
secrets: [{name: app-secrets}]
imagePullSecrets: [{name: app-secrets}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec: {tls: [{secretName: app-secrets}, {secretName: other}]}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: shop}
spec: {endpoints: [{basicAuth: {username: {name: app-secrets, key: USER}, password: {name: other, key: P}}}]}
---
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: build}
spec: {steps: [{name: s, image: x, env: [{name: T, valueFrom: {secretKeyRef: {name: app-secrets, key: TOKEN}}}], envFrom: [{secretRef: {name: app-secrets}}]}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: shop}
data: {text: "secretKeyRef: {name: app-secrets, key: NOT}"}
`;
  expect(places(objects)).toEqual(
    new Set([
      "//imagePullSecrets/.dockerconfigjson//",
      "//serviceAccount///",
      "//ingressTls/tls.crt//",
      "//ingressTls/tls.key//",
      "//other/USER//",
      "//other/TOKEN//",
      "//other///",
    ]),
  );
});

const steps = `- {name: one, container: {image: x, ${env("A")}}}
    - {name: two, script: {image: x, source: "echo", ${env("B")}}, initContainers: [{name: i, image: x, ${env("C")}}], sidecars: [{name: s, image: x, ${allKeys}}]}
    - {name: three, containerSet: {containers: [{name: c, image: x, ${env("D")}}]}}
    - {name: four, container: {image: x, volumeMounts: [{name: v, mountPath: /v}]}}`;

test.each([
  ["Workflow", "spec:\n  "],
  ["WorkflowTemplate", "spec:\n  "],
  ["CronWorkflow", "spec:\n  schedule: '* * * * *'\n  workflowSpec:\n  "],
])("an Argo %s", (kind, head) => {
  const indent = kind === "CronWorkflow" ? "  " : "";
  const body = `${indent}volumes: [{name: v, secret: {secretName: app-secrets, items: [{key: E, path: e}]}}]\n  ${indent}templates:\n    ${steps}\n`;
  const manifest = `apiVersion: argoproj.io/v1alpha1\nkind: ${kind}\nmetadata: {name: w}\n${head}${body}`;
  expect(places(manifest)).toEqual(
    new Set([
      "main/container/env/A//A",
      "main/container/env/B//B",
      "i/init/env/C//C",
      "s/sidecar/envFrom///",
      "c/container/env/D//D",
      "main/container/volume/E//",
      // Every pod of a workflow has its volumes.
      "//volume/E//",
    ]),
  );
  expect(consumersOf(manifest)).toEqual([[kind, "all", false, "unknown"]]);
});

test("a Rollout that names a Deployment is rolled by that one's template", () => {
  const deployment = workload({ container: env("A") });
  const rollout = (strategy: string): string =>
    `---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: r}\nspec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: api}, strategy: {${strategy}}}\n`;
  const findings = (strategy: string) =>
    check(deployment + rollout(strategy), { keys: saved("A") }).findings.map(({ rule, object }) => [
      rule,
      object?.kind,
    ]);
  expect(findings("canary: {steps: [{setWeight: 20}, {pause: {duration: 10}}]}")).toEqual([
    ["no-roll-trigger", "Deployment"],
  ]);
  expect(findings("canary: {steps: [{setWeight: 20}, {pause: {}}]}")).toEqual([
    ["held-workload", "Rollout"],
    ["no-roll-trigger", "Deployment"],
  ]);
});

test("lists in lists, JSON, aliases and hooks by annotation", () => {
  const item = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers: [{ name: "m", envFrom: [{ secretRef: { name: "app-secrets" } }] }] },
  };
  const list = { apiVersion: "v1", kind: "List", items: [{ apiVersion: "v1", kind: "PodList", items: [item] }] };
  expect(places(JSON.stringify(list, null, 2))).toEqual(new Set(["m/container/envFrom///"]));
  const alias = `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nx: &names [{name: X, valueFrom: {secretKeyRef: {name: "\\x61pp-secrets", key: K}}}]\nspec: {containers: [{name: m, image: x, env: *names}]}\n`;
  expect(places(alias)).toContain("m/container/env/K//X");
  const hook = workload({ kind: "Job", container: env("A"), head: "annotations: {helm.sh/hook: pre-upgrade}" });
  expect(parseManifests(hook, "manifest").map(({ origin }) => origin)).toEqual(["hook"]);
});

test("what is not YAML is named by its file, never by its text", () => {
  expect(() => parseManifests("# Source: shop/templates/a.yaml\na: [hunter2\n", "manifest")).toThrow(
    /^rendered document 1 \(shop\/templates\/a.yaml\) is not YAML: [A-Z_]+$/u,
  );
});
