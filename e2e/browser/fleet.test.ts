import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, intercept, openBrowser, openSignedIn, setUp } from "../harness/browser.ts";
import { ask, deploy, makeHome, startServer, type Home, type TestServer } from "../harness/server.ts";

let home: Home;
let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  await setUp(server);
  await ask(server, "POST /connections", { body: { name: "here", cluster: { kind: "process" } } });
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  await home.remove();
});

const environment = async (app: string, name: string, kind = "sandbox"): Promise<string> => {
  await ask(server, "POST /apps", { body: { name: app } });
  await ask(server, `POST /apps/${app}/environments`, { body: { name, connection: "here", kind } });
  return `/apps/${app}/environments/${name}`;
};
const save = async (base: string, ifMatch: number, value: string): Promise<void> => {
  expect((await ask(server, `PATCH ${base}/secrets`, { ifMatch, body: { set: { A: value } } })).status).toBe(200);
};
const report = async (base: string, revision: number): Promise<void> => {
  const body = { host: "box", pid: 1, startedAt: 1, revision, keys: "all", state: "running" };
  expect((await ask(server, `PUT ${base}/instances/one`, { body })).status).toBe(200);
};

test("the first page shows every environment, what needs somebody first, and keeps up while it is in sight", async () => {
  const live = await environment("shop", "live", "production");
  await save(live, 0, "1");
  await deploy(server, live);
  const { page, complaints } = await openSignedIn(browser, server);
  await page.clock.install();
  await page.reload();
  const shop = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "shop" }) });
  await shop.getByText("1 deployed").waitFor();
  expect(await page.getByLabel("Filter apps and environments").count()).toBe(0);
  await expectAccessible(page, "fleet-one");

  await environment("blog", "dev");
  const test = await environment("shop", "test");
  await save(test, 0, "1");
  await deploy(server, test);
  await report(test, 0);
  await save(live, 1, "2");
  await environment("shop", "new");
  // It is read anew without anybody doing anything.
  await page.clock.fastForward(15_000);
  await shop.getByText("1 of 1 do not run 1").waitFor();
  await shop.getByText("1 deployed, 2 saved").waitFor();
  await shop.getByText("waits since just now").waitFor();
  const links = async (): Promise<string[]> => await shop.getByRole("listitem").getByRole("link").allTextContents();
  await expect.poll(links).toEqual(["test", "live", "new"]);
  await expect.poll(async () => await page.getByRole("rowheader").allTextContents()).toEqual(["shop", "blog"]);
  await expectAccessible(page, "fleet-some");

  await page.getByRole("button", { name: "stale 1" }).click();
  await page.getByRole("status").filter({ hasText: "1 environment" }).waitFor({ state: "attached" });
  expect(new URL(page.url()).search).toBe("?state=stale");
  await page.reload();
  await expect.poll(links).toEqual(["test"]);
  await page.getByRole("button", { name: "stale 1" }).click();
  await page.getByRole("button", { name: "stale 1", pressed: false }).waitFor();
  await page.getByLabel("Filter apps and environments").fill("blo");
  await expect.poll(async () => await page.getByRole("rowheader").allTextContents()).toEqual(["blog"]);
  await page.getByLabel("Filter apps and environments").fill("nothing such");
  await page.getByText("Nothing is like that now.").waitFor();
  await expectAccessible(page, "fleet-none-such");
  await page.getByRole("button", { name: "Show all" }).click();
  await shop.getByRole("link", { name: "test", exact: true }).click();
  await page.getByRole("heading", { name: "test", level: 1 }).waitFor();
  expect(complaints).toEqual([]);
});

test("a state is chosen and a name typed at once: both count, with every letter", async () => {
  const { page, complaints } = await openSignedIn(browser, server);
  const field = page.getByLabel("Filter apps and environments");
  await field.focus();
  // All in one go: nothing is drawn between two of them.
  await page.evaluate(() => {
    const chips = [...document.querySelectorAll<HTMLElement>(".chips button")];
    chips.find(({ textContent }) => textContent.startsWith("nothing saved"))?.click();
    for (const letter of "sho") document.execCommand("insertText", false, letter);
  });
  await page.getByRole("status").filter({ hasText: "1 environment" }).waitFor({ state: "attached" });
  expect(await field.inputValue()).toBe("sho");
  expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ q: "sho", state: "never-saved" });
  expect(await page.getByRole("listitem").getByRole("link").allTextContents()).toEqual(["new"]);
  expect(complaints).toEqual([]);
});

test("two hundred environments: the first ones of each app, and the others by a click", async () => {
  for (let at = 0; at < 200; at++) await environment(`many-${at % 5}`, `env-${100 + at}`);
  const { page, complaints } = await openSignedIn(browser, server);
  await page.getByRole("button", { name: "nothing saved 202" }).waitFor();
  const many = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "many-3" }) });
  expect(await many.getByRole("listitem").count()).toBe(8);
  await expectAccessible(page, "fleet-many");
  await many.getByRole("button", { name: "Show 32 more environments of many-3" }).click();
  expect(await many.getByRole("listitem").count()).toBe(40);
  await page.getByLabel("Filter apps and environments").fill("env-207");
  await page.getByRole("status").filter({ hasText: "1 environment" }).waitFor({ state: "attached" });
  expect(complaints).toEqual([]);
});

test("what cannot be read is said, and can be tried again", async () => {
  const { page } = await openSignedIn(browser, server, "/profile");
  const isFleet = (url: URL): boolean => url.pathname === "/api/v1/status";
  await intercept(page, isFleet, async (route) => await route.fulfill({ status: 403, body: "{}" }));
  await page.goto(server.url);
  await page.getByRole("alert").getByRole("button", { name: "Try again" }).waitFor();
  await page.unroute(isFleet);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("rowheader", { name: "blog" }).waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
});
