import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chartFiles, kubectl, makeSite, podEnvironments, save, type Site } from "../harness/cluster.ts";
import { ask, deploy } from "../harness/server.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const namespace = `rights-${process.pid}`;
const user = async (name: string, rules: string): Promise<string> => {
  const { stdout } = await promisify(execFile)(`${root}testbed/testbed`, [
    "user",
    name,
    namespace,
    `${root}testbed/rbac/${rules}`,
  ]);
  return readFileSync(stdout.trim(), "utf8");
};

let site: Site;

beforeAll(async () => {
  site = await makeSite();
});
afterAll(async () => {
  await kubectl("delete", "namespace", namespace, "--wait=false");
  await site.stop();
});

test("the roles of the README are enough: the check passes, and a deployment runs and is proven", async () => {
  const { server } = site;
  const kubeconfig = await user("keyroll", "product.yaml");
  const helmKubeconfig = await user("helm", "helm.yaml");
  await ask(server, "POST /connections", {
    body: { name: "narrow", cluster: { kind: "kubernetes", kubeconfig, helmKubeconfig } },
  });
  const report = (await ask(server, "POST /connections/narrow/check", { body: { namespace } })).body;
  expect(report.findings.filter((one: any) => one.required && !one.ok)).toEqual([]);
  expect(report.ok).toBe(true);
  await ask(server, "POST /apps", { body: { name: "narrow" } });
  const environment = { name: "dev", connection: "narrow", kind: "sandbox", namespace, settings: { settleSeconds: 0 } };
  await ask(server, "POST /apps/narrow/environments", { body: environment });
  await ask(server, "POST /apps/narrow/releases", { body: { files: chartFiles() } });
  const base = "/apps/narrow/environments/dev";
  await ask(server, `PUT ${base}/values`, { ifMatch: 0, body: { text: "replicas: 1\n" } });
  for (const greeting of ["one", "two"]) {
    await save(server, base, { set: { GREETING: greeting } });
    const { deployment } = await deploy(server, base);
    expect(deployment, deployment.outcome).toMatchObject({ state: "running" });
    expect((await podEnvironments(namespace)).map((env) => env.get("GREETING"))).toEqual([greeting]);
  }
});

test("a right that is missing is named, with what it is for", async () => {
  const { server } = site;
  const kubeconfig = await user("nobody", "../../e2e/cluster/fixtures/no-rights.yaml");
  await ask(server, "POST /connections", { body: { name: "none", cluster: { kind: "kubernetes", kubeconfig } } });
  const report = (await ask(server, "POST /connections/none/check", { body: { namespace } })).body;
  expect(report.ok).toBe(false);
  const refused = report.findings.filter((one: any) => one.required && !one.ok);
  expect(refused.map((one: any) => one.id)).toContain("right:update:secrets");
  expect(refused.every((one: any) => one.next !== null)).toBe(true);
});
