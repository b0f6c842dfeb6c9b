import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, holdBack, openBrowser, openSignedIn, setUp } from "../harness/browser.ts";
import { helm, kubectl, kubectlWith, makeSite, mirrorData, podNames, type Site } from "../harness/cluster.ts";
import { otherProgram, startParameterStore, type ParameterStore } from "../harness/parameter-store.ts";
import { ask, deploymentEnd } from "../harness/server.ts";
import { kubeconfigOf } from "../harness/testbed.ts";

// `keyroll env import` does the same from the same plan: transcripts/env-import*.txt.
const sample = fileURLToPath(new URL("../../testbed/charts/sample", import.meta.url));
const region = "eu-west-1";
const prefix = `taken-${process.pid}`;
const namespace = `${prefix}-live`;
const canary = "canary-taken-over-in-page-3b90";

let emulator: ParameterStore;
let site: Site;
let browser: Browser;
let page: Page;
let complaints: string[];
let folder: string;

beforeAll(async () => {
  emulator = await startParameterStore();
  site = await makeSite(emulator.env);
  folder = mkdtempSync(join(tmpdir(), "keyroll-parent-"));
  const kubeconfig = readFileSync(process.env["KUBECONFIG"] ?? "", "utf8");
  const aws = {
    name: "kube-aws",
    cluster: { kind: "kubernetes", kubeconfig },
    store: { kind: "aws-ssm", settings: { region, prefix } },
  };
  const made = await ask(site.server, "POST /connections", { body: aws });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  await ask(site.server, "POST /apps", { body: { name: "shop" } });
  await kubectl("create", "namespace", namespace);
  const stringData = { GREETING: canary, LEVEL: "info" };
  await kubectlWith(
    { apiVersion: "v1", kind: "Secret", metadata: { name: "app-secrets" }, stringData },
    "-n",
    namespace,
    "apply",
  );
  await helm("install", "shop", sample, "-n", namespace, "--set", "replicas=1,rollme=false", "--wait");
  const others = otherProgram(emulator, region);
  await others.put(`/${prefix}-old/GREETING`, canary);
  await others.put(`/${prefix}-old/LEVEL`, "debug");
  browser = await openBrowser();
  await setUp(site.server);
  ({ page, complaints } = await openSignedIn(browser, site.server, "/apps/shop"));
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await kubectl("delete", "namespace", namespace, "--wait=false");
  await site?.stop();
  emulator?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const dialog = () => page.getByRole("dialog", { name: "Take over what runs, for shop" });
const plan = () => dialog().getByRole("region", { name: "Plan" });

const open = async (connection: string, where: string, name: string): Promise<void> => {
  await page.goto(`${site.server.url}/apps/shop`);
  await page.getByRole("button", { name: "Take over what runs" }).click();
  await dialog().getByLabel("Name", { exact: true }).fill(name);
  await dialog().getByLabel("Connection").selectOption(connection);
  await dialog().getByLabel("Namespace").fill(where);
  await page.keyboard.press("Enter");
};

test("what stands in the way is said at its field, before anything is made", async () => {
  await open("kube", "Not a namespace", "live");
  await dialog().getByText("A namespace's name has a-z, 0-9 and -, at most 63 of them.").waitFor();
  expect(await dialog().getByLabel("Namespace").getAttribute("aria-invalid")).toBe("true");
  await open("kube", "nothing-runs-here", "live");
  await dialog().getByText("No workload in nothing-runs-here reads a Secret.").waitFor();
  await dialog().getByText("Is it the right namespace?", { exact: false }).waitFor();
  await expectAccessible(page, "take-over-nothing");
  expect(await dialog().getByRole("button", { name: "Take it over" }).count()).toBe(0);
  expect((await ask(site.server, "GET /apps/shop/environments")).body.items).toEqual([]);
});

test("a namespace that the connection's identity may not read is told with the right that is missing", async () => {
  const own = `${prefix}-own`;
  const kubeconfig = await kubeconfigOf(`${prefix}-narrow`, own);
  const body = { name: "narrow", cluster: { kind: "kubernetes", kubeconfig } };
  expect((await ask(site.server, "POST /connections", { body })).status).toBe(201);
  await open("narrow", namespace, "live");
  const alert = dialog().getByRole("alert");
  // Which of the lists is refused first is chance.
  const refused = `cannot list resource "\\w+" in API group "[\\w.]*" in the namespace "${namespace}"`;
  await alert.getByText(new RegExp(refused, "u")).waitFor();
  await alert.getByText("Check the rights of the connection").waitFor();
  // The browser's own word of it, and the only one.
  expect(complaints.splice(0)).toEqual([expect.stringContaining("502")]);
  await expectAccessible(page, "take-over-forbidden");
  expect(await dialog().getByRole("button", { name: "Take it over" }).count()).toBe(0);
  await kubectl("delete", "namespace", own, "--wait=false");
});

test("by keyboard: a plan that names the keys that differ, then all of it, and no pod restarts", async () => {
  const before = await podNames(namespace);
  await page.goto(`${site.server.url}/apps/shop`);
  await page.getByRole("button", { name: "Take over what runs" }).focus();
  await page.keyboard.press("Enter");
  await dialog().getByLabel("Name", { exact: true }).and(page.locator(":focus")).waitFor();
  await dialog()
    .getByRole("option", { name: /^kube-aws/u })
    .waitFor({ state: "attached" });
  await page.keyboard.type("live");
  await page.keyboard.press("Tab");
  await page.keyboard.type("kube-aws");
  await page.keyboard.press("Tab");
  await page.keyboard.type(namespace);
  await page.keyboard.press("Enter");
  await plan().getByText("app-secrets: 2 keys, read by Deployment/shop").waitFor();
  await plan().getByText("0 keys differ, 0 restarts.").waitFor();
  await plan().getByText("sample 1.0.0, as Helm keeps it").waitFor();
  await expectAccessible(page, "take-over-plan");

  await dialog().getByText("Compare with a path of Parameter Store").click();
  await dialog().getByLabel("Path").fill("old");
  const button = dialog().getByRole("button", { name: "Take it over" });
  expect(await button.getAttribute("aria-disabled")).toBe("true");
  await dialog().getByRole("button", { name: "Compare" }).click();
  await dialog().getByText("old is not a path of Parameter Store", { exact: false }).waitFor();
  await dialog().getByLabel("Path").fill(`/${prefix}-old`);
  await dialog().getByRole("button", { name: "Compare" }).press("Enter");
  await plan().getByText("LEVEL (another value)").waitFor();
  await plan().getByText("1 key differs, 0 restarts.").waitFor();
  await expectAccessible(page, "take-over-path");
  expect(await page.content()).not.toContain(canary);

  const letGo = await holdBack(page, /^\/api\/v1\/apps\/shop\/environments/u, (request) => request.method() === "POST");
  await button.press("Enter");
  // What is under way is not edited.
  for (const field of ["Name", "Connection", "Namespace"])
    await dialog().getByLabel(field, { exact: true }).and(page.locator(":disabled")).waitFor();
  letGo();
  await page.getByRole("heading", { name: "Deployment 1" }).waitFor({ timeout: 30_000 });
  await page.getByText("Revision 1 is in the cluster; nothing was restarted.").first().waitFor({ timeout: 60_000 });
  expect(await podNames(namespace)).toEqual(before);
  const base = "/apps/shop/environments/live";
  expect((await ask(site.server, `GET ${base}/status`)).body).toMatchObject({ saved: 2, inCluster: 1 });
  expect((await ask(site.server, `GET ${base}/values`)).body.text).toContain("replicas: 1");
  expect((await mirrorData(namespace))["LEVEL"]).toBe(Buffer.from("info").toString("base64"));
  expect(complaints).toEqual([]);
});

test("a name that is taken is said at the field; the same again finds that all is there", async () => {
  await ask(site.server, "POST /apps/shop/environments", {
    body: { name: "other", connection: "kube", kind: "sandbox" },
  });
  await open("kube-aws", namespace, "other");
  await dialog().getByText("belongs to shop/live already", { exact: false }).waitFor();
  await dialog().getByLabel("Name", { exact: true }).fill("live");
  await plan().getByText("app-secrets has Keyroll's marks already").waitFor();
  await dialog().getByRole("button", { name: "Take it over" }).click();
  await page.getByText("Taken over; no pod restarts.").first().waitFor();
  await page.getByRole("heading", { level: 1, name: "live" }).waitFor();
  expect((await ask(site.server, "GET /apps/shop/environments/live/deployments")).body.items).toHaveLength(1);
});

test("a chart that Helm does not keep whole is given; a name of another place is refused; it goes on half way", async () => {
  const second = `${prefix}-second`;
  await kubectl("create", "namespace", second);
  try {
    const chart = join(folder, "parent");
    const write = (path: string, text: string): void => {
      mkdirSync(join(chart, path, ".."), { recursive: true });
      writeFileSync(join(chart, path), text);
    };
    const workload = (name: string): string =>
      JSON.stringify({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name },
        spec: {
          replicas: 0,
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: name } },
            spec: {
              containers: [
                {
                  name: "app",
                  image: "keyroll.test/box:1",
                  envFrom: ["one", "two"].map((one) => ({ secretRef: { name: one } })),
                },
              ],
            },
          },
        },
      });
    write(
      "Chart.yaml",
      "apiVersion: v2\nname: parent\nversion: 1.2.4\ndependencies: [{name: child, version: 0.1.0}]\n",
    );
    write("templates/web.yaml", workload("web"));
    write("charts/child/Chart.yaml", "apiVersion: v2\nname: child\nversion: 0.1.0\n");
    write("charts/child/templates/web.yaml", workload("child"));
    const hostile = "<img src=x onerror=globalThis.ranHere=1>";
    for (const name of ["one", "two"])
      await kubectlWith(
        { apiVersion: "v1", kind: "Secret", metadata: { name }, stringData: { A: hostile } },
        "-n",
        second,
        "apply",
      );
    await helm("install", "parent", chart, "-n", second);
    await open("kube", second, "other");
    await dialog().getByText("Which Secret? one, two are read.").waitFor();
    await dialog().getByLabel("Secret", { exact: true }).selectOption("two");
    await dialog().getByText("depends on other charts (child)", { exact: false }).waitFor();
    await expectAccessible(page, "take-over-choices");
    await dialog().getByLabel("Folder of the chart").setInputFiles(chart);
    await plan().getByText("parent 1.2.4, from parent").waitFor();
    await dialog().getByRole("button", { name: "Take it over" }).click();
    await dialog().getByText("shop has an environment other already, and it is about something else.").waitFor();
    expect(await dialog().getByLabel("Name", { exact: true }).getAttribute("aria-invalid")).toBe("true");

    // An immutable Secret stops the deployment; what was saved by then stays, and the next request goes on.
    await kubectl("patch", "secret", "two", "-n", second, "--type=merge", "-p", '{"immutable":true}');
    await dialog().getByLabel("Name", { exact: true }).fill("second");
    await dialog().getByRole("button", { name: "Go on" }).click();
    await page.getByText("is immutable: nobody can write it.", { exact: false }).first().waitFor({ timeout: 60_000 });
    await kubectl("delete", "secret", "two", "-n", second);
    await kubectlWith(
      { apiVersion: "v1", kind: "Secret", metadata: { name: "two" }, stringData: { A: "newer" } },
      "-n",
      second,
      "apply",
    );
    await open("kube", second, "second");
    await dialog().getByLabel("Secret", { exact: true }).selectOption("two");
    await dialog().getByLabel("Folder of the chart").setInputFiles(chart);
    await dialog().getByRole("button", { name: "Take it over" }).click();
    await page.getByRole("heading", { name: "Deployment 2" }).waitFor({ timeout: 60_000 });
    const { deployment } = await deploymentEnd(site.server, "/apps/shop/environments/second", 2);
    expect(deployment).toMatchObject({ state: "running", goal: { revision: 2 } });
    expect(await page.evaluate("globalThis.ranHere")).toBeUndefined();
    expect(complaints).toEqual([]);
  } finally {
    await kubectl("delete", "namespace", second, "--wait=false");
  }
});
