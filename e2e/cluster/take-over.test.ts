import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  deploymentOf,
  helm,
  kubectl,
  makePlace,
  makeSite,
  mirrorData,
  type Place,
  type Site,
} from "../harness/cluster.ts";
import { ask } from "../harness/server.ts";

// What a namespace holds that somebody else made; `keyroll env import` itself is played in transcripts/env-import.txt.
const canary = "canary-taken-over-5f1c";
let site: Site;
let place: Place;
let folder: string;

beforeAll(async () => {
  site = await makeSite();
  place = await makePlace(site, { type: "restart" });
  folder = mkdtempSync(join(tmpdir(), "keyroll-chart-"));
});
afterAll(async () => {
  await place?.remove();
  await site?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const importFrom = async (from: object, rest: object = {}) =>
  await ask(site.server, `POST ${place.base}/secrets/import`, { body: { from, ...rest }, ifMatch: 0 });
const applied = (manifest: object) => {
  const file = join(folder, "object.json");
  writeFileSync(file, JSON.stringify(manifest));
  return kubectl("apply", "--namespace", place.namespace, "-f", file);
};

test("the pairs of any Secret of the namespace are taken byte for byte; what holds none is refused by its type", async () => {
  const data = {
    TEXT: Buffer.from(canary).toString("base64"),
    BINARY: Buffer.from([0, 255, 1]).toString("base64"),
    EMPTY: "",
    "db-url": Buffer.from("x").toString("base64"),
  };
  await applied({ apiVersion: "v1", kind: "Secret", metadata: { name: "hand-made" }, data });
  const plan = await importFrom({ secret: "hand-made", shellNames: true });
  expect(plan.body.entries.map(({ key, bytes }: any) => [key, bytes]).toSorted()).toEqual([
    ["BINARY", 3],
    ["DB_URL", 1],
    ["EMPTY", 0],
    ["TEXT", canary.length],
  ]);
  expect(JSON.stringify(plan.body)).not.toContain(canary);
  const saved = await importFrom({ secret: "hand-made" }, { apply: true });
  expect(saved.body.saved).toMatchObject({ revision: 1, verified: true });
  const { values } = (await ask(site.server, `POST ${place.base}/bundle`, { body: { of: "saved" } })).body;
  expect(values).toEqual({ TEXT: canary, BINARY: { base64: "AP8B" }, EMPTY: "", "db-url": "x" });
  const entries = (await ask(site.server, "GET /audit")).body.items;
  expect(entries.find(({ action }: any) => action === "secrets.import").details).toEqual({
    secret: "hand-made",
    apply: true,
  });
  expect(JSON.stringify(entries)).not.toContain(canary);

  expect((await importFrom({ secret: "nowhere" })).body).toMatchObject({ code: "not_found", field: "from.secret" });
  await applied({
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/service-account-token",
    metadata: { name: "robot", annotations: { "kubernetes.io/service-account.name": "default" } },
  });
  const token = await importFrom({ secret: "robot" });
  expect(token.body).toMatchObject({ code: "invalid", field: "from.secret" });
  expect(token.body.detail).toContain("kubernetes.io/service-account-token");
  const annotations = { "keyroll.dev/environment": "another" };
  await applied({ apiVersion: "v1", kind: "Secret", metadata: { name: "others", annotations }, data: {} });
  expect((await importFrom({ secret: "others" })).body.detail).toContain("another Keyroll environment");
});

test("a release is found with its chart and values; one whose chart Helm does not keep whole is refused by name", async () => {
  const chart = join(folder, "parent");
  const write = (path: string, text: string) => {
    mkdirSync(join(chart, path, ".."), { recursive: true });
    writeFileSync(join(chart, path), text);
  };
  const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\ndata: {a: {{ .Values.a | quote }}}\n";
  write("Chart.yaml", "apiVersion: v2\nname: parent\nversion: 1.2.3\n");
  write("values.yaml", "a: one\n");
  write("templates/map.yaml", configMap.replace("NAME", "parent"));
  write("files/extra.txt", "kept");
  await helm("install", "alone", chart, "-n", place.namespace, "--set", "a=two");
  const look = async (release: string) =>
    (await ask(site.server, `GET /connections/kube/namespaces/${place.namespace}?release=${release}`)).body;
  expect(await look("alone")).toMatchObject({
    type: "helm",
    release: { name: "alone", revision: 1, chart: "parent", version: "1.2.3", dependencies: [], values: "a: two\n" },
  });
  const app = place.base.split("/")[2] ?? "";
  const push = async (release: string) =>
    await ask(site.server, `POST /apps/${app}/releases`, {
      body: { installed: { connection: "kube", namespace: place.namespace, release } },
    });
  const pushed = await push("alone");
  expect(pushed.body).toMatchObject({ created: true, release: { chart: "parent", version: "1.2.3" } });
  expect((await push("alone")).body).toMatchObject({ created: false });
  const kept = await ask(site.server, `GET /apps/${app}/releases/${pushed.body.release.id}`);
  expect(kept.body.values).toBe("a: one\n");

  write("Chart.yaml", "apiVersion: v2\nname: parent\nversion: 1.2.4\ndependencies: [{name: child, version: 0.1.0}]\n");
  write("charts/child/Chart.yaml", "apiVersion: v2\nname: child\nversion: 0.1.0\n");
  write("charts/child/values.yaml", "a: one\n");
  write("charts/child/templates/map.yaml", configMap.replace("NAME", "child"));
  await helm("upgrade", "alone", chart, "-n", place.namespace);
  expect((await look("alone")).release).toMatchObject({ revision: 2, dependencies: ["child"] });
  const refused = await push("alone");
  expect(refused.body).toMatchObject({ code: "invalid", field: "installed.release", changed: false });
  expect(refused.body.detail).toContain("child");
  expect(await look("gone")).toMatchObject({ code: "not_found", next: "Helm keeps there: alone." });

  // A workload that somebody else applies, whatever its kind, is theirs to roll: Keyroll restarts it, and says whose it is.
  const of = async (): Promise<unknown> => {
    const { type, workloads } = await look("alone");
    return [type, workloads.map(({ kind, name, keeper, secrets }: any) => [kind, name, keeper, secrets])];
  };
  const { template } = deploymentOf(place.namespace, { keys: ["TEXT"] }).spec;
  template.spec.containers[0]!.env[0]!.valueFrom.secretKeyRef.name = "hand-made";
  const job = { template: { spec: { ...template.spec, restartPolicy: "Never" } } };
  const nightly = { schedule: "0 3 1 1 *", jobTemplate: { spec: job } };
  await applied({ apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "nightly" }, spec: nightly });
  expect(await of()).toEqual(["helm", [["CronJob", "nightly", null, ["hand-made"]]]]);
  await kubectl("label", "cronjob", "nightly", "-n", place.namespace, "argocd.argoproj.io/instance=shop");
  expect(await of()).toEqual(["restart", [["CronJob", "nightly", "Argo CD", ["hand-made"]]]]);
  await kubectl("label", "cronjob", "nightly", "-n", place.namespace, "argocd.argoproj.io/instance-");
  const web = {
    ...deploymentOf(place.namespace),
    spec: { ...deploymentOf(place.namespace).spec, replicas: 0, template },
  };
  const annotations = { "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/web" };
  await applied({ ...web, metadata: { ...web.metadata, annotations } });
  expect(await of()).toEqual([
    "restart",
    [
      ["Deployment", "web", "Argo CD", ["hand-made"]],
      ["CronJob", "nightly", null, ["hand-made"]],
    ],
  ]);
});

test("without a cluster there is nothing to look at", async () => {
  await ask(site.server, "POST /connections", { body: { name: "here", cluster: { kind: "process" } } });
  const looked = await ask(site.server, "GET /connections/here/namespaces/default");
  expect(looked.body).toMatchObject({ code: "invalid", field: "connection" });
  const app = place.base.split("/")[2] ?? "";
  await ask(site.server, `POST /apps/${app}/environments`, {
    body: { name: "local", connection: "here", kind: "sandbox" },
  });
  const from = { secret: "app-secrets" };
  const imported = await ask(site.server, `POST /apps/${app}/environments/local/secrets/import`, { body: { from } });
  expect(imported.body).toMatchObject({ code: "invalid", field: "from.secret" });
  await expect(mirrorData(place.namespace)).rejects.toThrow(/not found/u);
});
