import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { holdBack, intercept, openBrowser, openSignedIn, postsOf, setUp } from "../harness/browser.ts";
import { ask, makeHome, makeProcessEnvironment, startServer, type Home, type TestServer } from "../harness/server.ts";

// What is sent of a form: all that was given, and once.

let home: Home;
let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  await setUp(server);
  const base = await makeProcessEnvironment(server);
  await ask(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set: { A_KEY: "one" } } });
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  await home.remove();
});

test("a kubeconfig that is still being read keeps what is typed meanwhile, and nothing is sent without it", async () => {
  const { page, complaints } = await openSignedIn(browser, server, "/connections?new=kubernetes");
  const dialog = page.getByRole("dialog");
  const makeIt = dialog.getByRole("button", { name: "Make it" });
  await expect.poll(async () => await makeIt.getAttribute("aria-disabled")).toBe(null);
  await page.evaluate(() => {
    const { text } = Blob.prototype;
    const held = new Promise((resolve) => addEventListener("go-on", resolve, { once: true }));
    Blob.prototype.text = async function () {
      await held;
      return await text.call(this);
    };
  });
  const file = { name: "kubeconfig", mimeType: "text/plain", buffer: Buffer.from("kind: Config") };
  await dialog.getByLabel("File of: Kubeconfig", { exact: true }).setInputFiles(file);
  await dialog.getByLabel("Context (optional)").fill("mine");
  expect(await makeIt.getAttribute("aria-disabled")).toBe("true");
  await page.evaluate(() => dispatchEvent(new Event("go-on")));
  await expect.poll(async () => await makeIt.getAttribute("aria-disabled")).toBe(null);
  expect(await dialog.getByLabel("Kubeconfig", { exact: true }).inputValue()).toBe("kind: Config");
  expect(await dialog.getByLabel("Context (optional)").inputValue()).toBe("mine");
  expect(complaints).toEqual([]);
});

test.for([
  [
    "/apps/shop",
    async (page: Page) => {
      await page.getByRole("button", { name: "shop: more" }).click();
      await page.getByRole("menuitem", { name: "Change the title" }).click();
      await page.getByLabel("Title", { exact: true }).fill("Shop");
    },
    "Change it",
  ],
  [
    `/apps/shop/dev/settings`,
    async (page: Page) => {
      await page.getByRole("button", { name: "Remove dev" }).click();
      await page.getByLabel("Destroy every saved value and its history: type dev").fill("dev");
    },
    "Remove dev",
  ],
  ["/device", async (page: Page) => await page.getByLabel("Code", { exact: true }).fill("BCDF-GHJK"), "Allow"],
] as const)("on %s Enter is pressed twice, and it is sent once", async ([path, fillIn, action]) => {
  const { page, complaints } = await openSignedIn(browser, server, path);
  await fillIn(page);
  const sent: string[] = [];
  const answered = Promise.withResolvers<void>();
  await intercept(page, /\/api\/v1\//u, async (route) => {
    const method = route.request().method();
    if (method !== "GET") {
      sent.push(method);
      await answered.promise;
      await route.fulfill({ status: 403, contentType: "application/problem+json", body: "{}" });
    } else await route.continue();
  });
  await page.keyboard.press("Enter");
  await page.locator("form").getByRole("button", { name: action, disabled: true }).waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  answered.resolve();
  await page.locator("form").getByRole("button", { name: action, disabled: false }).waitFor();
  expect(sent.length).toBe(1);
  expect(complaints).toEqual([]);
});

test("of the settings only what was edited is sent: what somebody else changed meanwhile stays", async () => {
  const base = "/apps/shop/environments/dev";
  const { page, complaints } = await openSignedIn(browser, server, "/apps/shop/dev/settings");
  await page.getByLabel("Deploy by itself after each save").check();
  await ask(server, `PATCH ${base}`, { body: { settings: { timeoutSeconds: 777 } } });
  await page.getByRole("button", { name: "Save settings" }).click();
  await page.getByText("The settings are saved").first().waitFor();
  const { settings } = (await ask(server, `GET ${base}`)).body.environment;
  expect(settings).toMatchObject({ onSave: true, timeoutSeconds: 777 });
  expect(complaints).toEqual([]);
});

test("a chart of ECR is not pulled before it is offered as whom", async () => {
  const { page, complaints } = await openSignedIn(browser, server, "/apps/shop");
  const sent = postsOf(page);
  const letGo = await holdBack(page, "/api/v1/connections");
  await page.getByRole("button", { name: "From a registry" }).click();
  const address = page.getByLabel("Address", { exact: true });
  const pull = page.getByRole("button", { name: "Pull it" });
  await address.fill("oci://registry.example.com/charts/shop");
  expect(await pull.getAttribute("aria-disabled")).toBe(null);
  await address.fill("oci://210987654321.dkr.ecr.eu-west-1.amazonaws.com/charts/shop");
  await page.getByLabel("Sign in to AWS as").waitFor();
  await page.keyboard.press("Enter");
  expect(await pull.getAttribute("aria-disabled")).toBe("true");
  expect(sent).toEqual([]);
  letGo();
  await expect.poll(async () => await pull.getAttribute("aria-disabled")).toBe(null);
  expect(sent).toEqual([]);
  expect(complaints).toEqual([]);
});

test("what can be copied into a new environment is offered before it is made", async () => {
  const { page, complaints } = await openSignedIn(browser, server);
  const letGo = await holdBack(page, "/api/v1/apps/shop/environments");
  await page.goto(`${server.url}/apps/shop?new=helm`);
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Connection", { exact: true }).getByRole("option").first().waitFor({ state: "attached" });
  const makeIt = dialog.getByRole("button", { name: "Make it" });
  expect(await makeIt.getAttribute("aria-disabled")).toBe("true");
  letGo();
  await expect.poll(async () => await makeIt.getAttribute("aria-disabled")).toBe(null);
  expect(await dialog.getByLabel("Copy secrets from").count()).toBe(1);
  expect(complaints).toEqual([]);
});

test("a key is copied into an environment whose revision has not arrived yet", async () => {
  await ask(server, "POST /apps/shop/environments", { body: { name: "two", connection: "here", kind: "sandbox" } });
  const two = "/apps/shop/environments/two";
  await ask(server, `PATCH ${two}/secrets`, { ifMatch: 0, body: { set: { A_KEY: "one", B_KEY: "two" } } });
  const { page, complaints } = await openSignedIn(browser, server, "/");
  let asked = 0;
  const letGo = await holdBack(page, "/api/v1/apps/shop/environments/dev/secrets", () => {
    asked += 1;
    return asked === 1;
  });
  await page.goto(`${server.url}/compare?of=shop/dev,shop/two`);
  await expect.poll(() => asked).toBe(1);
  const { revision } = (await ask(server, "GET /apps/shop/environments/dev/secrets")).body;
  const filled = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/fill"));
  await page.getByRole("button", { name: "Copy from shop/two" }).click();
  expect((await filled).headers()["if-match"]).toBe(`"${revision}"`);
  await page.getByText("B_KEY was copied from shop/two").first().waitFor();
  letGo();
  expect(complaints).toEqual([]);
});

test("what is typed while Helm values are saved is the next change", async () => {
  const base = "/apps/shop/environments/dev";
  const { page, complaints } = await openSignedIn(browser, server, "/apps/shop/dev/vars/values");
  const field = page.getByRole("textbox", { name: "Helm values, YAML" });
  await field.fill("a: 1");
  const letGo = await holdBack(page, `/api/v1${base}/values`, (request) => request.method() === "PUT");
  const save = page.getByRole("button", { name: "Save", exact: true });
  await save.click();
  await field.press("End");
  await page.keyboard.press("Enter");
  await page.keyboard.type("b: 2");
  letGo();
  await page.getByText("Saved as Helm values 1.").first().waitFor();
  expect(await field.innerText()).toContain("b: 2");
  await save.click();
  await page.getByText("Saved as Helm values 2.").first().waitFor();
  expect((await ask(server, `GET ${base}/values`)).body.text).toBe("a: 1\nb: 2");
  expect(complaints).toEqual([]);
});

test("one's own save of Helm values is not told as somebody else's while it is under way", async () => {
  const base = "/apps/shop/environments/dev";
  const next = (await ask(server, `GET ${base}/values`)).body.version + 1;
  const { page, complaints } = await openSignedIn(browser, server, "/apps/shop/dev/vars/values");
  const field = page.getByRole("textbox", { name: "Helm values, YAML" });
  const told = page.getByText("while you were editing");
  const answered = Promise.withResolvers<void>();
  await intercept(
    page,
    ({ pathname }) => pathname === "/api/v1/apps/shop/environments/dev/values",
    async (route) => {
      const response = await route.fetch();
      if (route.request().method() === "PUT") await answered.promise;
      await route.fulfill({ response });
    },
  );
  await field.press("Control+End");
  await page.keyboard.type(" # sent");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await field.press("Control+End");
  await page.keyboard.type(", typed");
  // Another event of the environment has everything of it read anew before the save's own answer has come.
  await expect.poll(async () => (await ask(server, `GET ${base}/values`)).body.version).toBe(next);
  const { revision } = (await ask(server, `GET ${base}/secrets`)).body;
  await ask(server, `PATCH ${base}/secrets`, { ifMatch: revision, body: { set: { A_KEY: "two" } } });
  await page.getByText(`Version ${next}`).first().waitFor();
  expect(await told.count()).toBe(0);
  answered.resolve();
  await page.getByText(`Saved as Helm values ${next}.`).first().waitFor();
  expect(await told.count()).toBe(0);
  expect(await field.innerText()).toContain("# sent, typed");
  expect(complaints).toEqual([]);
});
