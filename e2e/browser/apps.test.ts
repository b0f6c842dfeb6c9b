import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, holdBack, openBrowser, openSignedIn, postsOf, setUp } from "../harness/browser.ts";
import {
  ask,
  deploy,
  makeHome,
  makeProcessEnvironment,
  startServer,
  type Home,
  type TestServer,
} from "../harness/server.ts";

const charts = fileURLToPath(new URL("../../testbed/charts", import.meta.url));
const dev = "/apps/shop/environments/dev";

let home: Home;
let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  await setUp(server);
  await makeProcessEnvironment(server);
  await ask(server, `PATCH ${dev}/secrets`, {
    ifMatch: 0,
    body: { set: { A_KEY: "canary-apps-1", B_KEY: "canary-apps-2" } },
  });
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  await home.remove();
});

test("an app from its making to its end: environment with copied secrets, release, typed names", async () => {
  const { page, complaints } = await openSignedIn(browser, server);
  await page.getByRole("button", { name: "New app" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Not A Name");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("alert").getByText("2 to 39 characters").waitFor();
  await expectAccessible(page, "new-app");
  await page.getByLabel("Name", { exact: true }).fill("billing");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("heading", { name: "billing", level: 1 }).waitFor();
  await page.getByText("billing has no environment yet.").waitFor();
  await expectAccessible(page, "app-empty");

  const buffer = execFileSync("tar", ["-cz", "-C", charts, "sample"]);
  await page.getByLabel("Packed chart").setInputFiles({ name: "sample.tgz", mimeType: "application/gzip", buffer });
  await page.getByRole("table", { name: "Releases" }).getByRole("rowheader").waitFor();
  await expectAccessible(page, "releases");
  await page.getByRole("button", { name: /^Remove \S+ \d/u }).click();
  await page.getByRole("button", { name: "Remove it" }).click();
  await page.getByText("No release yet.").waitFor();

  await page.getByRole("button", { name: "billing: more" }).click();
  await page.getByRole("menuitem", { name: "Remove billing" }).click();
  const remove = page.getByRole("alertdialog").getByRole("button", { name: "Remove billing" });
  // Not before its name is typed.
  await page.getByLabel("Type billing to confirm").fill("billin");
  await page.keyboard.press("Enter");
  expect(await remove.getAttribute("aria-disabled")).toBe("true");
  await expectAccessible(page, "remove-app");
  expect((await ask(server, "GET /apps/billing")).status).toBe(200);
  await page.getByLabel("Type billing to confirm").fill("billing");
  await remove.click();
  await page.getByRole("heading", { name: "Apps", level: 1 }).waitFor();
  expect((await ask(server, "GET /apps/billing")).status).toBe(404);
  expect(complaints).toEqual([]);
});

test("a new environment begins with the secrets of another one, and is removed with them by typing its name", async () => {
  const { page, complaints } = await openSignedIn(browser, server, "/apps/shop");
  await page.getByRole("button", { name: "New environment" }).click();
  await page.getByLabel("Name", { exact: true }).fill("staging");
  await page.getByLabel("Copy secrets from").selectOption("dev");
  await expectAccessible(page, "new-environment");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("heading", { name: "staging", level: 1 }).waitFor();
  const { secrets } = (await ask(server, "GET /apps/shop/environments/staging/secrets")).body;
  expect(secrets.map(({ key }: any) => key)).toEqual(["A_KEY", "B_KEY"]);

  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Remove staging" }).click();
  const field = page.getByLabel("Destroy every saved value and its history: type staging");
  await field.fill("stagin");
  await page.keyboard.press("Enter");
  await expectAccessible(page, "remove-environment");
  expect((await ask(server, "GET /apps/shop/environments/staging")).status).toBe(200);
  await field.fill("staging");
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove staging" }).click();
  await page.getByRole("heading", { name: "shop", level: 1 }).waitFor();
  expect((await ask(server, "GET /apps/shop/environments/staging")).status).toBe(404);
  expect(await page.content()).not.toContain("canary-apps");
  expect(complaints).toEqual([]);
});

test("settings are saved and taken back", async () => {
  const { page, complaints } = await openSignedIn(browser, server, "/apps/shop/dev/settings");
  await page.getByLabel("Deploy by itself after each save").check();
  await expectAccessible(page, "settings");
  await page.getByRole("button", { name: "Save settings" }).click();
  await page.getByText("The settings are saved").first().waitFor();
  const onSave = async (): Promise<boolean> => (await ask(server, `GET ${dev}`)).body.environment.settings.onSave;
  expect(await onSave()).toBe(true);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(onSave).toBe(false);
  expect(complaints).toEqual([]);
});

test("what runs: a cell for each instance, its evidence, and who is behind", async () => {
  await deploy(server, dev);
  const { page, complaints } = await openSignedIn(browser, server, "/apps/shop/dev");
  await page.getByText("No process reports here.").waitFor();
  await page.getByText("Nothing that runs reports here.").waitFor();
  await expectAccessible(page, "overview-empty");
  const instance = { host: "laptop", pid: 7, startedAt: null, keys: "all", state: "running" };
  const report = async (name: string, revision: number): Promise<void> => {
    expect((await ask(server, `PUT ${dev}/instances/${name}`, { body: { ...instance, revision } })).status).toBe(200);
  };
  const { revision } = (await ask(server, `GET ${dev}/secrets`)).body;
  await report("one", revision);
  await report("two", 0);
  const current = page.getByRole("button", { name: new RegExp(`revision ${revision}, current`, "u") });
  await current.waitFor();
  await page.getByRole("table", { name: "Instances that are behind" }).getByText("behind").waitFor();
  await expectAccessible(page, "overview");
  await current.click();
  await page.getByText("1: the process says so itself").waitFor();
  await expectAccessible(page, "evidence");
  expect(complaints).toEqual([]);
});

test("a chart of ECR is pulled as the server or by the role of a connection that is in AWS, and no other is offered", async () => {
  const settings = { region: "eu-west-1", roleArn: "arn:aws:iam::210987654321:role/charts" };
  const store = { kind: "aws-ssm", settings };
  await ask(server, "POST /connections", { body: { name: "account", cluster: { kind: "process" }, store } });
  const { page, complaints } = await openSignedIn(browser, server, "/apps/shop");
  await page.getByRole("button", { name: "From a registry" }).click();
  const address = page.getByLabel("Address", { exact: true });
  const as = page.getByLabel("Sign in to AWS as");
  await address.fill("oci://registry.example.com/charts/shop");
  expect(await as.count()).toBe(0);
  await address.fill("oci://210987654321.dkr.ecr.cn-north-1.amazonaws.com.cn/charts/shop");
  await as.getByRole("option", { name: "the role of account" }).waitFor({ state: "attached" });
  expect(await as.getByRole("option").allTextContents()).toEqual(["the server itself", "the role of account"]);
  await as.selectOption({ label: "the role of account" });
  await expectAccessible(page, "pull-ecr");
  await page.getByRole("button", { name: "Pull it" }).click();
  // It is refused before anything is asked: the role has no rights in China.
  await page.getByRole("alert").getByText("in the partition aws of AWS, the registry in aws-cn").waitFor();
  expect(await as.inputValue()).toBe("account");
  // A connection that is not shown any more is not sent.
  await address.fill("oci://no-such-registry.invalid/charts/shop");
  await page.getByRole("button", { name: "Pull it" }).click();
  await page.getByRole("alert").getByText("There is no host no-such-registry.invalid").waitFor();
  expect(complaints.filter((one) => !one.includes("502"))).toEqual([]);
});

test.for([
  ["/apps/shop", "New environment", "/api/v1/connections"],
  ["/connections", "New connection", "/api/v1/stores"],
] as const)(
  "on %s, %s waits for what can be chosen: nothing is sent that nobody saw",
  async ([path, what, awaited]) => {
    const { page, complaints } = await openSignedIn(browser, server, path);
    const sent = postsOf(page);
    const letGo = await holdBack(page, awaited);
    await page.getByRole("button", { name: what, exact: true }).click();
    const dialog = page.getByRole("dialog");
    const makeIt = dialog.getByRole("button", { name: "Make it" });
    await dialog.getByLabel("Name", { exact: true }).fill("late");
    await page.keyboard.press("Enter");
    expect(await makeIt.getAttribute("aria-disabled")).toBe("true");
    expect(sent).toEqual([]);
    letGo();
    await expect.poll(async () => await makeIt.getAttribute("aria-disabled")).toBe(null);
    expect(sent).toEqual([]);
    expect(complaints).toEqual([]);
  },
);

test("settings of a store are not changed before its kind has arrived, and nothing is looked at without a connection", async () => {
  const { page, complaints } = await openSignedIn(browser, server, "/connections/here");
  const letStoresGo = await holdBack(page, "/api/v1/stores");
  await page.getByRole("button", { name: "Change", exact: true }).click();
  const changeIt = page.getByRole("button", { name: "Change it" });
  await page.getByLabel("Secret store").check();
  expect(await changeIt.getAttribute("aria-disabled")).toBe("true");

  const { page: other } = await openSignedIn(browser, server, "/apps/shop");
  const letConnectionsGo = await holdBack(other, "/api/v1/connections");
  await other.getByRole("button", { name: "Take over what runs" }).click();
  expect(await other.getByRole("button", { name: "Look", exact: true }).getAttribute("aria-disabled")).toBe("true");

  letStoresGo();
  await expect.poll(async () => await changeIt.getAttribute("aria-disabled")).toBe(null);
  letConnectionsGo();
  await other.getByText("A connection to its cluster is needed.").waitFor();
  expect(complaints).toEqual([]);
});

test("a connection that is made meanwhile does not take the place of the one that the form shows", async () => {
  const { page, complaints } = await openSignedIn(browser, server, "/apps/shop");
  await page.getByRole("button", { name: "New environment" }).click();
  const connection = page.getByRole("dialog").getByLabel("Connection", { exact: true });
  await expect.poll(async () => await connection.getByRole("option").count()).toBeGreaterThan(0);
  const shown = await connection.inputValue();
  await ask(server, "POST /connections", { body: { name: "a-newer-one", cluster: { kind: "process" } } });
  // It is read anew when the window is looked at again.
  await expect
    .poll(async () => {
      await page.evaluate(() => dispatchEvent(new Event("visibilitychange")));
      return await connection.getByRole("option").first().getAttribute("value");
    })
    .toBe("a-newer-one");
  expect(await connection.inputValue()).toBe(shown);
  expect(complaints).toEqual([]);
});
