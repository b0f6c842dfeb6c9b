import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../harness/browser.ts";
import { password } from "../harness/person.ts";
import { placesOf } from "../harness/canary.ts";
import { makeEnvironments, openSecretsPage, seed, type SecretsPage } from "../harness/secrets-page.ts";
import { makeHome, startServer, type Home, type TestServer } from "../harness/server.ts";

let home: Home;
let server: TestServer;
let browser: Browser;
let secrets: SecretsPage;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  browser = await openBrowser();
  await makeEnvironments(server, ["reveal", "sweep", "leave"]);
  secrets = await openSecretsPage(browser, server, { first: true });
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  await home.remove();
});

/** Everything that this page could have left behind in the browser. */
const keptBy = async (page: Page): Promise<Map<string, string>> =>
  new Map(
    Object.entries(
      await page.evaluate(async () => ({
        localStorage: JSON.stringify(Object.entries(localStorage)),
        sessionStorage: JSON.stringify(Object.entries(sessionStorage)),
        history: JSON.stringify(history.state),
        databases: JSON.stringify(await indexedDB.databases()),
        caches: JSON.stringify(await caches.keys()),
        address: location.href,
        name: window.name,
      })),
    ),
  );

test("a revealed value hides itself after 30 seconds, and at once when the tab is hidden or left", async () => {
  const { page, row } = secrets;
  await seed(server, "reveal", { set: { PASSWORD: "canary-shown" } });
  await page.clock.install();
  await secrets.open("reveal");
  const value = row("PASSWORD").getByText("canary-shown");
  const eye = row("PASSWORD").getByRole("button", { name: "Reveal PASSWORD" });
  await eye.click();
  await value.waitFor();
  await page.clock.fastForward(20_000);
  expect(await value.isVisible()).toBe(true);
  await page.clock.fastForward(11_000);
  await value.waitFor({ state: "detached" });

  await eye.click();
  await value.waitFor();
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
    Reflect.deleteProperty(document, "visibilityState");
  });
  await value.waitFor({ state: "detached" });
  expect(await page.content()).not.toContain("canary-shown");

  await eye.click();
  await value.waitFor();
  await page.evaluate(() => {
    dispatchEvent(new PageTransitionEvent("pagehide"));
  });
  await value.waitFor({ state: "detached" });
  await page.clock.resume();
});

test("no field that takes a value is spelled, completed or kept by the browser or a password manager", async () => {
  const { page, row } = secrets;
  const fields = async () =>
    await page.evaluate(() =>
      [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input.code, textarea.code")].map(
        (field) => [field.spellcheck, field.autocomplete, field.getAttribute("data-lpignore")],
      ),
    );
  const unlearned = [false, "off", "true"];
  await secrets.open("reveal");
  await row("PASSWORD").getByRole("button", { name: "Edit PASSWORD" }).click();
  await expect.poll(fields).toEqual([unlearned, unlearned]);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Paste .env" }).click();
  await expect.poll(fields).toEqual([unlearned]);
  await page.keyboard.press("Escape");
});

test("copy puts a value onto the clipboard and not onto the page", async () => {
  const { page, row } = secrets;
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await secrets.open("reveal");
  await row("PASSWORD").getByRole("button", { name: "Copy the value of PASSWORD" }).click();
  await page.locator(".toast", { hasText: "Copied the value of PASSWORD" }).waitFor();
  expect(await page.evaluate(async () => await navigator.clipboard.readText())).toBe("canary-shown");
  expect(await page.content()).not.toContain("canary-shown");
});

test("values are in what was asked for and in the save, and nowhere else that a browser keeps or sends", async () => {
  const { page, requests } = secrets;
  const canary = `canary${Buffer.from(crypto.getRandomValues(new Uint8Array(12))).toString("hex")}`;
  const from = requests.length;
  await seed(server, "sweep", { set: { OLD: `${canary}-old` } });
  await secrets.open("sweep");
  await secrets.row("OLD").getByRole("button", { name: "Reveal OLD" }).click();
  await page.getByText(`${canary}-old`).waitFor();
  await secrets.add("TYPED", `${canary}-typed`);
  await secrets.change("OLD", `${canary}-changed`);
  await page.getByRole("button", { name: "Paste .env" }).click();
  await secrets.dialog().getByLabel("Text").fill(`PASTED=${canary}-pasted\nBAD ${canary}-bad\n`);
  await secrets.dialog().getByRole("button", { name: "Make 1 draft" }).click();
  await secrets.row("TYPED").locator("[data-key]").click();
  await page.getByRole("button", { name: "Close", exact: true }).click();
  // Away and back: drafts live in memory.
  await page.getByRole("link", { name: "Deployments" }).click();
  await page.getByRole("link", { name: "Vars" }).click();
  await page.getByText("2 drafts added · 1 changed.").waitFor();
  const before = await keptBy(page);
  expect(placesOf(canary, before)).toEqual([]);
  // Positive control: the sweep would see it.
  expect(placesOf(canary, new Map([...before, ["planted", btoa(`xx${canary}`)]]))).toEqual(["planted"]);
  await secrets.save();
  expect(placesOf(canary, await keptBy(page))).toEqual([]);
  const sent = requests
    .slice(from)
    .filter(
      (one) =>
        placesOf(canary, new Map([["it", `${one.url()} ${JSON.stringify(one.headers())} ${one.postData() ?? ""}`]]))
          .length > 0,
    )
    .map((one) => `${one.method()} ${new URL(one.url()).pathname}`);
  expect(sent).toEqual(["PATCH /api/v1/apps/shop/environments/sweep/secrets"]);
  expect(requests.slice(from).every((one) => one.url().startsWith(server.url))).toBe(true);
  expect(await page.content()).not.toContain(canary);
  expect(secrets.complaints).toEqual([]);
});

test("closing the tab asks while drafts are open, and signing out forgets them", async () => {
  const { page } = secrets;
  await secrets.open("leave");
  await page.getByRole("button", { name: "Add one by hand" }).click();
  await page.getByLabel("Key", { exact: true }).fill("DRAFT");
  await page.getByLabel("Value", { exact: true }).fill("canary-left");
  await page.keyboard.press("Enter");
  await page.getByText("1 draft added.").waitFor();
  const asked = page.waitForEvent("dialog");
  await page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.dismiss();
  expect(page.isClosed()).toBe(false);
  await page.getByText("1 draft added.").waitFor();

  await page.getByRole("button", { name: "ada: menu" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page
    .getByRole("alertdialog")
    .getByRole("button", { name: /sign out/iu })
    .click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.getByLabel("Name").fill("ada");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Apps" }).waitFor();
  await secrets.open("leave");
  await page.getByText("Nothing is saved yet", { exact: true }).waitFor();
  expect(await page.content()).not.toContain("DRAFT");
});
