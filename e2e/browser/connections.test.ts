import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, holdBack, openBrowser, openSignedIn, setUp } from "../harness/browser.ts";
import { aksId, gkeName, proofs, startManagedClusters } from "../harness/managed-clusters.ts";
import { ask, makeHome, startServer, type Home, type TestServer } from "../harness/server.ts";

/** Nothing listens on port 9 of loopback; the token is this test's own. */
const kubeconfig = JSON.stringify({
  apiVersion: "v1",
  kind: "Config",
  "current-context": "one",
  contexts: [{ name: "one", context: { cluster: "one", user: "one" } }],
  clusters: [{ name: "one", cluster: { server: "https://127.0.0.1:9" } }],
  users: [{ name: "one", user: { token: "canary-kubeconfig" } }],
});

let home: Home;
let server: TestServer;
let browser: Browser;
let clouds: Awaited<ReturnType<typeof startManagedClusters>>;

beforeAll(async () => {
  clouds = await startManagedClusters();
  home = await makeHome();
  server = await startServer({ ...home, env: clouds.env });
  await setUp(server);
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  await home.remove();
  clouds.stop();
});

test("from the first page to the form of a cluster; what is refused stays typed, with the next step", async () => {
  const { page, complaints } = await openSignedIn(browser, server);
  await page.getByLabel("My CI").check();
  await page.getByRole("link", { name: "Connect a cluster" }).click();
  await page.getByRole("dialog", { name: "New connection" }).waitFor();
  await page.getByLabel("Name", { exact: true }).fill("kube");
  await page.getByLabel("Kubeconfig", { exact: true }).fill("not: a kubeconfig");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("alert").getByText("The kubeconfig has no context").waitFor();
  await expectAccessible(page, "new-connection");
  await page.getByLabel("File of: Kubeconfig", { exact: true }).setInputFiles({
    name: "kubeconfig",
    mimeType: "text/plain",
    buffer: Buffer.from(kubeconfig),
  });
  const field = page.getByLabel("Kubeconfig", { exact: true });
  await expect.poll(async () => await field.inputValue()).toBe(kubeconfig);
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("alert").getByText("cannot be reached (ECONNREFUSED").waitFor();
  await expectAccessible(page, "unreachable-cluster");
  expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("kube");
  expect(await field.inputValue()).toBe(kubeconfig);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByText("No connection yet.").waitFor();
  expect(await page.content()).not.toContain("canary-kubeconfig");
  expect(complaints.filter((one) => !one.includes("502"))).toEqual([]);
});

test("a cluster of AWS by its name: what is wrong stands at the cluster's own field", async () => {
  const { page, complaints } = await openSignedIn(browser, server, "/connections?new=kubernetes");
  await page.getByLabel("Name", { exact: true }).fill("eks");
  await page.getByLabel("An EKS cluster, by its name").check();
  await page.getByLabel("EKS cluster", { exact: true }).fill("shop");
  await page.getByLabel("Region of the cluster", { exact: true }).fill("eu-west-1");
  await page.getByLabel("Secret store", { exact: true }).selectOption({ label: "AWS Systems Manager Parameter Store" });
  await page.getByLabel("Region", { exact: true }).fill("eu-west-1");
  const externalId = page.getByLabel("External ID for the cluster (optional)", { exact: true });
  await externalId.fill("shop-7341");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByText("give roleArn too").first().waitFor();
  expect(await externalId.getAttribute("aria-invalid")).toBe("true");
  const ofStore = page.getByLabel("External ID (optional)", { exact: true });
  expect(await ofStore.getAttribute("aria-invalid")).not.toBe("true");
  await externalId.scrollIntoViewIfNeeded();
  await expectAccessible(page, "eks");
  expect(complaints).toEqual([]);
});

test("a cluster of GKE that is named: what is wrong stands at the name, and the check tells what Google declares", async () => {
  const { page, complaints } = await openSignedIn(browser, server, "/connections?new=kubernetes");
  await page.getByLabel("Name", { exact: true }).fill("gke");
  await page.getByLabel("Kubeconfig", { exact: true }).fill(clouds.kubeconfig());
  const cloudName = page.getByLabel("Name at Google or Azure (optional)", { exact: true });
  await cloudName.fill("shop");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByText("names neither a GKE nor an AKS cluster").first().waitFor();
  expect(await cloudName.getAttribute("aria-invalid")).toBe("true");
  await cloudName.scrollIntoViewIfNeeded();
  await expectAccessible(page, "cloud-cluster");
  await cloudName.fill(gkeName);
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("heading", { name: "gke", level: 1 }).waitFor();
  await page.getByText(gkeName, { exact: true }).waitFor();
  clouds.gkeSays({
    state: "ENCRYPTED",
    keyName: "projects/shop-prod-1/locations/europe-west1/keyRings/r/cryptoKeys/k",
  });
  await page.getByRole("button", { name: "Check it" }).click();
  await page.getByText("declared by GKE (KMS, your key)", { exact: true }).waitFor();
  await expectAccessible(page, "gke-declared");
  // Whoever gives new credentials need not look the name up again.
  await page.getByRole("button", { name: "Change" }).click();
  await page.getByLabel("Cluster and credentials").check();
  expect(await cloudName.inputValue()).toBe(gkeName);
  await page.getByLabel("Kubeconfig", { exact: true }).fill(clouds.kubeconfig());
  await cloudName.fill(aksId);
  await page.getByRole("button", { name: "Change it" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByText(aksId, { exact: true }).waitFor();
  expect(await page.content()).not.toContain(proofs.cluster);
  await ask(server, "DELETE /connections/gke");
  expect(complaints.filter((one) => !one.includes("422"))).toEqual([]);
});

test("a connection for processes: made, checked, on to an environment, and removed by typing its name", async () => {
  const { page, complaints } = await openSignedIn(browser, server, "/connections?new=process&type=helm");
  const letGo = await holdBack(page, "/api/v1/apps");
  await page.getByLabel("Name", { exact: true }).fill("here");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("heading", { name: "here", level: 1 }).waitFor();
  // Whether there is an app is not known yet.
  await page.getByText("The connection is made.").waitFor();
  expect(await page.getByRole("link", { name: "Make an app first" }).count()).toBe(0);
  letGo();
  await page.getByRole("button", { name: "Check it" }).click();
  await page.getByText("Everything that is needed is there.").waitFor();
  await page.getByRole("table", { name: "In order" }).getByRole("rowheader").first().waitFor();
  expect(await page.getByText("What AWS must allow").count()).toBe(0);
  await expectAccessible(page, "connection");

  await page.getByRole("link", { name: "Make an app first" }).click();
  await page.getByLabel("Name", { exact: true }).fill("shop");
  await page.getByRole("dialog").getByRole("button", { name: "Make it" }).click();
  await page.getByRole("dialog", { name: "New environment of shop" }).waitFor();
  await page.getByLabel("Name", { exact: true }).fill("prod");
  await page.getByLabel("production", { exact: true }).check();
  await page.getByText("Deployment settings").click();
  await page.getByLabel("Deploy by itself after each save").check();
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("heading", { name: "prod", level: 1 }).waitFor();
  const { environment } = (await ask(server, "GET /apps/shop/environments/prod")).body;
  expect(environment).toMatchObject({ kind: "production", type: "process", settings: { onSave: true } });

  await page.goto(`${server.url}/connections/here`);
  const remove = page.getByRole("button", { name: "Remove" });
  // It says why not, and stays where the keyboard finds it.
  expect(await remove.getAttribute("aria-disabled")).toBe("true");
  expect(await remove.getAttribute("title")).toContain("Environments use it");
  await ask(server, "DELETE /apps/shop/environments/prod", { body: {} });
  await page.reload();
  await remove.click();
  await page.getByLabel("Type here to confirm").fill("here");
  await page.getByRole("button", { name: "Remove here" }).click();
  await page.getByRole("heading", { name: "Connections", level: 1 }).waitFor();
  await expectAccessible(page, "connections");
  expect((await ask(server, "GET /connections/here")).status).toBe(404);
  expect(complaints).toEqual([]);
});

test("a connection into another AWS account: what is wrong with the role stands at its field, then it is made", async () => {
  const { page, complaints } = await openSignedIn(browser, server, "/connections?new=process");
  await page.getByLabel("Name", { exact: true }).fill("customer");
  await page.getByLabel("Secret store", { exact: true }).selectOption({ label: "AWS Systems Manager Parameter Store" });
  await page.getByLabel("Region", { exact: true }).fill("eu-west-1");
  const externalId = page.getByLabel("External ID (optional)", { exact: true });
  await externalId.fill("shop-7341");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByText("give roleArn too").first().waitFor();
  expect(await externalId.getAttribute("aria-invalid")).toBe("true");
  await expectAccessible(page, "aws-role");
  await page.getByLabel("Role ARN (optional)", { exact: true }).fill("arn:aws:iam::210987654321:role/keyroll");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("heading", { name: "customer", level: 1 }).waitFor();
  const section = page.getByRole("region", { name: "What AWS must allow" });
  const writer = section.getByRole("group", { name: "Policy: writer" });
  await writer.getByText("parameter/keyroll/*").first().waitFor();
  await section.getByText("shop-7341").first().waitFor();
  await section.getByLabel("Environment (optional)").fill("prod");
  await section.getByRole("button", { name: "Narrow it" }).click();
  await section.getByRole("alert").getByText("belongs to an app").waitFor();
  await section.getByLabel("App (optional)").fill("shop");
  await page.keyboard.press("Enter");
  await writer.getByText("parameter/keyroll/shop/prod/*").first().waitFor();
  await section.getByRole("alert").waitFor({ state: "detached" });
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await section.getByRole("button", { name: "Copy: Policy: trust" }).click();
  await page.getByRole("region", { name: "Notices" }).getByText("Copied.").waitFor();
  const copied = JSON.parse(await page.evaluate(async () => await navigator.clipboard.readText()));
  expect(copied.Statement[0].Condition).toEqual({ StringEquals: { "sts:ExternalId": "shop-7341" } });
  await expectAccessible(page, "aws-policies");
  expect(complaints.filter((one) => !one.includes("422"))).toEqual([]);
});

test("what costs is said with its price and taken by consent only; it can be chosen later as well", async () => {
  const { page, complaints } = await openSignedIn(browser, server, "/connections?new=process&type=process");
  const consent = page.getByLabel("I accept what this costs");
  await page.getByLabel("Name", { exact: true }).fill("parameters");
  await page.getByLabel("Secret store").selectOption("aws-ssm");
  await page.getByLabel("Region").fill("eu-west-1");
  expect(await consent.count()).toBe(0);
  await page.getByLabel("Tier").selectOption("advanced");
  await page.getByText("$0.05 a month").waitFor();
  await consent.scrollIntoViewIfNeeded();
  await expectAccessible(page, "connection-cost");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByText("tier advanced costs", { exact: false }).first().waitFor();
  expect((await ask(server, "GET /connections/parameters")).status).toBe(404);
  await consent.check();
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("heading", { name: "parameters", level: 1 }).waitFor();
  const tier = async (): Promise<unknown> =>
    (await ask(server, "GET /connections/parameters")).body.connection.store.settings.tier;
  expect(await tier()).toBe("advanced");

  await page.getByRole("button", { name: "Change" }).click();
  await page.getByLabel("Secret store", { exact: true }).first().check();
  await page.getByLabel("Tier").selectOption("standard");
  expect(await consent.count()).toBe(0);
  await page.getByRole("button", { name: "Change it" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(await tier()).toBe("standard");
  expect(complaints).toEqual([]);
});
