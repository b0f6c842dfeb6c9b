import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, intercept, openBrowser, openSignedIn, setUp } from "../harness/browser.ts";
import {
  ask,
  deploy,
  makeHome,
  makeProcessEnvironment,
  startServer,
  type Home,
  type TestServer,
} from "../harness/server.ts";

// What a page shows when there is nothing to show, when the answer is late, refused or an error, and when Keyroll is sealed.

let home: Home;
let server: TestServer;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  await setUp(server);
  browser = await openBrowser();
  ({ page, complaints } = await openSignedIn(browser, server));
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await home?.remove();
});

/** Pages with data of their own. */
const addresses = [
  "/",
  "/apps/shop",
  "/apps/shop/dev",
  "/apps/shop/dev/vars/secrets",
  "/apps/shop/dev/deployments",
  "/apps/shop/dev/settings",
  "/connections",
  "/connections/here",
  "/access",
  "/audit",
  "/profile",
] as const;
const nameOf = (state: string, path: string): string => `${state}${path.replaceAll(/[^a-z0-9]+/giu, "-")}`;

/** Questions of the page's own; who is signed in is asked by the frame around it. */
const isPagesOwn = (url: URL): boolean => url.pathname.startsWith("/api/v1/") && url.pathname !== "/api/v1/me";

const open = async (path: string): Promise<void> => {
  await page.goto(server.url + path);
  await page.getByRole("button", { name: /: menu$/u }).waitFor();
};
/** Nothing is on its way any more. */
const settled = async (): Promise<void> => {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await expect.poll(async () => await page.getByText(/^Loading .*…$/u).count(), { timeout: 20_000 }).toBe(0);
};

test("nothing is there yet: each page says so, and what to do first", async () => {
  await page.getByText("There is no app yet.").waitFor();
  await expectAccessible(page, "empty");
  await makeProcessEnvironment(server);
  for (const path of addresses.slice(1)) {
    await open(path);
    await settled();
    await expectAccessible(page, nameOf("empty", path));
  }
  await open("/apps/shop/dev/vars/secrets");
  await page.getByRole("heading", { name: "Nothing is saved yet" }).waitFor();
  await page.getByRole("button", { name: "Add one by hand" }).waitFor();
  expect(complaints).toEqual([]);
}, 120_000);

test.for(addresses)("%s while its answers are late: it says what it waits for", async (path) => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await intercept(page, isPagesOwn, async (route) => {
    await held;
    await route.continue().catch(() => undefined);
  });
  await open(path);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByRole("status").filter({ hasText: "Loading" }).first().waitFor();
  await expectAccessible(page, nameOf("late", path));
  release();
  await settled();
  expect(await page.getByRole("main").getByRole("alert").count()).toBe(0);
  await page.unroute(isPagesOwn);
});

const refusals = [
  ["refused", 403, "not_allowed", "This needs the permission environment:read.", "Ask an Administrator for it."],
  ["failed", 500, "internal", "Something went wrong inside.", "Try again; if it stays, report the request id."],
] as const;

test.for(addresses)(
  "%s when it is refused, or fails: what happened, what to do, and the request's id",
  async (path) => {
    for (const [state, status, code, detail, next] of refusals) {
      await intercept(page, isPagesOwn, async (route) => {
        const problem = { type: `https://keyroll.dev/errors/${code}`, title: code, status, code, detail, next };
        const body = JSON.stringify({ ...problem, requestId: "req-7341" });
        await route.fulfill({ status, contentType: "application/problem+json", body });
      });
      await open(path);
      const alert = page.getByRole("main").getByRole("alert").first();
      await alert.waitFor({ timeout: 20_000 });
      expect(await alert.innerText()).toMatch(new RegExp(`${detail}[^]*${next}[^]*req-7341`, "u"));
      await expectAccessible(page, nameOf(state, path));
      await page.unroute(isPagesOwn);
    }
  },
);

test("a sealed Keyroll: names and history are there, nothing can be saved or shown, and each page says so", async () => {
  const base = "/apps/shop/environments/dev";
  const set = { LOG_LEVEL: "info", TOKEN: "never-shown" };
  await ask(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set, meta: { LOG_LEVEL: { visible: true } } } });
  await deploy(server, base);
  await server.stop();
  const key = join(home.dataDir, "master.key");
  await rename(key, `${key}.away`);
  server = await startServer(home);
  complaints.length = 0;
  for (const path of addresses) {
    await open(path);
    await page.getByText("Keyroll is sealed: it has no master key.").waitFor();
    await settled();
    await expectAccessible(page, nameOf("sealed", path));
  }
  await open("/apps/shop/dev/vars/secrets");
  await page.getByText("values can neither be read nor saved").waitFor();
  await page.locator("tr[data-row]").first().waitFor();
  expect(await page.locator("tr[data-row]").count()).toBe(2);
  const isOff = async (name: string): Promise<string | null> =>
    await page.getByRole("button", { name }).first().getAttribute("aria-disabled");
  expect([await isOff("Add"), await isOff("Paste .env")]).toEqual(["true", "true"]);
  // The keyboard's way is closed as well.
  await page.keyboard.press("n");
  expect(await page.getByLabel("Key", { exact: true }).count()).toBe(0);
  await page.getByRole("button", { name: "Reveal TOKEN" }).click();
  await page
    .getByText(/sealed|master key/iu)
    .nth(2)
    .waitFor();
  expect(await page.getByText("never-shown").count()).toBe(0);
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "History" }).click();
  await page.getByRole("dialog").getByText("bootstrap").first().waitFor();
  // The browser complains of the one answer that is 503.
  expect(complaints.filter((text) => !text.includes("503"))).toEqual([]);
}, 120_000);
