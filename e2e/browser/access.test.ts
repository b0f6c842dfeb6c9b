import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ada, expectAccessible, holdBack, openBrowser, openSignedIn, setUp } from "../harness/browser.ts";
import { ask, makeHome, makeProcessEnvironment, startServer, type Home, type TestServer } from "../harness/server.ts";

let home: Home;
let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  await setUp(server);
  await makeProcessEnvironment(server);
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  await home.remove();
});

test("a token is shown once, works, and is refused after it was revoked", async () => {
  const { page, complaints } = await openSignedIn(browser, server, "/access");
  await page.getByRole("rowheader", { name: ada.name }).waitFor();
  await page.getByRole("button", { name: "New token" }).click();
  await page.getByLabel("Name", { exact: true }).fill("pipeline");
  await page.getByLabel("Days").fill("30");
  await expectAccessible(page, "new-token");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByText("This is the only time it is shown.").waitFor();
  await expectAccessible(page, "token-once");
  const token = (await page.getByRole("group", { name: "Token" }).textContent()) ?? "";
  expect(token).toMatch(/^krl_/u);
  expect((await ask(server, "GET /apps", { token })).status).toBe(200);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("rowheader", { name: "pipeline" }).waitFor();
  expect(await page.content()).not.toContain(token);
  await expectAccessible(page, "access");

  await page.getByRole("button", { name: "Revoke pipeline" }).click();
  await page.getByRole("button", { name: "Revoke it" }).click();
  await page.getByRole("rowheader", { name: "pipeline" }).waitFor({ state: "detached" });
  expect((await ask(server, "GET /apps", { token })).status).toBe(401);
  expect(complaints).toEqual([]);
});

test("a token that is being made is not lost by closing its dialog", async () => {
  const { page } = await openSignedIn(browser, server, "/access");
  const letGo = await holdBack(page, /\/tokens$/u, (request) => request.method() === "POST");
  await page.getByRole("button", { name: "New token" }).click();
  await page.getByLabel("Name", { exact: true }).fill("hasty");
  await page.getByRole("button", { name: "Make it" }).click();
  await expect.poll(async () => await page.getByRole("button", { name: "Cancel" }).isDisabled()).toBe(true);
  await page.keyboard.press("Escape");
  expect(await page.getByRole("button", { name: "Cancel" }).isDisabled()).toBe(true);
  letGo();
  expect(await page.getByRole("group", { name: "Token" }).textContent()).toMatch(/^krl_/u);
});

test("the audit is narrowed by action, app and actor; the address keeps it", async () => {
  const { page, complaints } = await openSignedIn(browser, server, "/audit");
  await page.getByRole("table", { name: "Audit" }).waitFor();
  await expectAccessible(page, "audit");
  await page.getByLabel("App", { exact: true }).selectOption("shop");
  await page.getByRole("cell", { name: "apps.create" }).waitFor();
  const rows = page.getByRole("table", { name: "Audit" }).getByRole("row");
  // The head, the app and its environment.
  await expect.poll(async () => await rows.count()).toBe(3);
  await page.getByLabel("Action").selectOption("environments.create");
  await expect.poll(async () => await rows.count()).toBe(2);
  await page.getByLabel("Actor").fill("nobody");
  await page.getByText("No entry.").waitFor();
  await page.getByLabel("Actor").fill("boot");
  await page.reload();
  await page.getByRole("table", { name: "Audit" }).waitFor();
  expect(await rows.count()).toBe(2);
  expect(await page.getByLabel("Actor").inputValue()).toBe("boot");

  await page.emulateMedia({ media: "print" });
  expect(await page.getByRole("banner").isVisible()).toBe(false);
  expect(await page.getByRole("button", { name: "Print" }).isVisible()).toBe(false);
  expect(await page.getByRole("cell", { name: "environments.create" }).isVisible()).toBe(true);
  await page.emulateMedia({ media: null });
  expect(complaints).toEqual([]);
});

test("one's own sessions and password: others end, this one goes on", async () => {
  const other = await openSignedIn(browser, server);
  const { page, complaints } = await openSignedIn(browser, server, "/profile");
  await page.getByRole("table", { name: "Sessions" }).getByText("this one").waitFor();
  await expectAccessible(page, "profile");
  await page.getByRole("switch", { name: "Keyboard shortcuts" }).click();
  const count = await page.getByRole("button", { name: "End it" }).count();
  await page.getByRole("button", { name: "End it" }).first().click();
  await expect.poll(async () => await page.getByRole("button", { name: "End it" }).count()).toBe(count - 1);

  const next = "another long password";
  await page.getByLabel("Password now").fill("not this one, sorry");
  await page.getByLabel("New password").fill(next);
  await page.getByRole("button", { name: "Change the password" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Password now").fill(ada.password);
  await page.getByRole("button", { name: "Change the password" }).click();
  await page.getByText("The password is changed.").first().waitFor();
  expect(await page.getByLabel("New password").inputValue()).toBe("");
  await page.getByRole("link", { name: "Audit" }).click();
  await page.getByRole("cell", { name: "access.password" }).waitFor();

  await other.page.reload();
  await other.page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(complaints).toEqual([]);
});
