import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ada, expectAccessible, holdBack, openBrowser, openSignedIn, setUp, signIn } from "../harness/browser.ts";
import { ask, makeHome, makeProcessEnvironment, startServer, type Home, type TestServer } from "../harness/server.ts";

let home: Home;
let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer({ ...home, env: { KEYROLL_LISTEN: "127.0.0.1:0" } });
  await setUp(server);
  await makeProcessEnvironment(server);
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  await home.remove();
});

test("a login that ends is asked for over the page; what was typed and what was sent goes on", async () => {
  const { page } = await openSignedIn(browser, server, "/apps/shop");
  await page.getByRole("button", { name: "New environment" }).click();
  const dialog = page.getByRole("dialog", { name: "New environment of shop" });
  await dialog.getByLabel("Name", { exact: true }).fill("later");
  // What the form offers has arrived: nothing asks for a login before the form is sent.
  await dialog.getByRole("button", { name: "Make it", disabled: false }).waitFor();
  await page.context().clearCookies();
  await dialog.getByRole("button", { name: "Make it" }).click();

  const again = page.getByRole("dialog", { name: "Sign in again" });
  await again.waitFor();
  await expectAccessible(page, "login-again");
  expect(await again.getByLabel("Name", { exact: true }).inputValue()).toBe(ada.name);
  expect(await again.getByLabel("Name", { exact: true }).isEditable()).toBe(false);
  // Only an answer helps: Escape leaves it there.
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  expect(await again.isVisible()).toBe(true);
  await signIn(page);

  // The request that was refused was made again, with what had been typed.
  await page.getByRole("heading", { name: "later", exact: true }).waitFor();
  const made = await ask(server, "GET /apps/shop/environments/later");
  expect(made.status).toBe(200);
  expect((await ask(server, "GET /audit?action=environments.create&limit=1")).body.items[0].actor.name).toBe(ada.name);
});

test("a page that nobody is at asks on, and does not say that somebody is", async () => {
  const { page } = await openSignedIn(browser, server);
  await page.clock.install();
  await page.reload();
  await page.getByRole("rowheader", { name: "shop" }).waitFor();
  const saysNobodyAfter = async (milliseconds: number): Promise<boolean> => {
    const asked = page.waitForRequest(/\/status\?limit=200$/u);
    await page.clock.fastForward(milliseconds);
    return "keyroll-unattended" in (await asked).headers();
  };
  await page.mouse.move(10, 10);
  expect(await saysNobodyAfter(16_000)).toBe(false);
  expect(await saysNobodyAfter(61_000)).toBe(true);
  await page.mouse.move(20, 20);
  expect(await saysNobodyAfter(16_000)).toBe(false);
  expect(await saysNobodyAfter(61_000)).toBe(true);
  await page.keyboard.press("Shift");
  expect(await saysNobodyAfter(16_000)).toBe(false);
});

test("without the server the page stays, says so, and goes on by itself", async () => {
  const { page } = await openSignedIn(browser, server, "/apps/shop/dev/settings");
  await page.getByRole("heading", { name: "Deployment settings" }).waitFor();
  await page.context().setOffline(true);
  await page.getByRole("link", { name: "Overview" }).click();
  await page.getByText("Keyroll does not answer since").waitFor({ timeout: 20_000 });
  await page.getByRole("heading", { name: "dev", exact: true }).waitFor();
  await expectAccessible(page, "away");
  await page.context().setOffline(false);
  await expect
    .poll(async () => await page.getByText("Keyroll does not answer since").count(), { timeout: 20_000 })
    .toBe(0);
});

test("a form with unsaved typing asks before it is left, by a link and by going back", async () => {
  const { page, complaints } = await openSignedIn(browser, server, "/apps/shop");
  await page.getByRole("link", { name: "dev", exact: true }).click();
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByLabel("Deploy by itself after each save").check();

  await page.getByRole("link", { name: "Overview" }).click();
  await page.getByRole("alertdialog", { name: "Leave without saving?" }).waitFor();
  await expectAccessible(page, "leave");
  await page.getByRole("button", { name: "Cancel" }).click();
  expect(await page.getByLabel("Deploy by itself after each save").isChecked()).toBe(true);

  await page.goBack();
  await page.getByRole("alertdialog", { name: "Leave without saving?" }).waitFor();
  await page.waitForURL("**/apps/shop/dev/settings");
  await page.getByRole("button", { name: "Leave", exact: true }).click();
  await page.getByRole("link", { name: "Overview" }).and(page.locator('[aria-current="page"]')).waitFor();
  expect(page.url().endsWith("/apps/shop/dev")).toBe(true);
  expect(complaints).toEqual([]);
});

test("the switcher, the theme and the way between pages work by keyboard alone", async () => {
  const { page, complaints } = await openSignedIn(browser, server, "/apps/shop/dev/settings");
  await page.getByRole("button", { name: "App shop: switch" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "All apps" }).waitFor();
  await expectAccessible(page, "switcher");
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Apps", level: 1 }).waitFor();
  // Arrived: the page's heading has the focus.
  await page.waitForFunction(() => document.activeElement?.textContent === "Apps");

  await page.getByRole("button", { name: `${ada.name}: menu` }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitemradio", { name: "Dark" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  const theme = async (): Promise<string> => await page.evaluate(() => document.documentElement.dataset.theme ?? "");
  expect(await theme()).toBe("dark");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toContain("menu");
  await page.reload();
  await page.getByRole("heading", { name: "Apps", level: 1 }).waitFor();
  expect(await theme()).toBe("dark");
  expect(complaints).toEqual([]);
});

test("a page that arrives late takes nothing from the field that somebody types in", async () => {
  const { page, complaints } = await openSignedIn(browser, server);
  const letGo = await holdBack(page, /\/assets\/audit-[^/]*\.js$/u);
  await page.getByRole("link", { name: "Audit" }).click();
  const find = page.getByLabel("Find a key in all apps");
  await find.focus();
  await page.keyboard.type("lo");
  letGo();
  await page.getByRole("table", { name: "Audit" }).waitFor();
  await page.keyboard.type("gl");
  expect(await find.inputValue()).toBe("logl");
  await page.keyboard.press("Enter");
  // Whoever has sent it has arrived at its answer.
  await page.getByRole("heading", { name: "Find a key", level: 1 }).waitFor();
  await page.getByRole("heading", { name: "Find a key" }).and(page.locator(":focus")).waitFor();
  expect(complaints).toEqual([]);
});

test("an address that is none, an app that is none, and a key that is somewhere", async () => {
  const { page, complaints } = await openSignedIn(browser, server, "/no/such/page");
  await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  await expectAccessible(page, "nothing");
  await page.goto(`${server.url}/apps/nowhere`);
  await page.getByRole("alert").getByText("Request").waitFor();
  await expectAccessible(page, "no-such-app");

  const list = (await ask(server, "GET /apps/shop/environments/dev/secrets")).body;
  await ask(server, "PATCH /apps/shop/environments/dev/secrets", {
    ifMatch: list.revision,
    body: { set: { DATABASE_URL: "canary-find-1", LOG_LEVEL: "canary-find-2" } },
  });
  await page.getByLabel("Find a key in all apps").fill("data");
  await page.keyboard.press("Enter");
  await page.getByRole("rowheader", { name: "DATABASE_URL" }).waitFor();
  expect(await page.getByRole("row").count()).toBe(2);
  await expectAccessible(page, "find");
  await page.getByLabel("Key", { exact: true }).fill("nothing like it");
  await page.getByText("No saved key has").waitFor();
  expect(await page.content()).not.toContain("canary-find");
  expect(complaints).toEqual([]);
});
