import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { holdBack, openBrowser, openPage, openSignedIn, setUp, signIn } from "../harness/browser.ts";
import { makeHome, makeProcessEnvironment, startServer, type Home, type TestServer } from "../harness/server.ts";

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

/** Bytes of JavaScript and CSS after gzip that the first page may have. */
const budget = 130_000;

test("the first page is light, stands still and asks nobody else", async () => {
  const { page, complaints } = await openPage(browser);
  await page.goto(server.url);
  await signIn(page);
  await page.getByRole("rowheader", { name: "shop" }).waitFor();

  const bodies: Promise<Buffer>[] = [];
  const hosts = new Set<string>();
  page.on("response", (response) => {
    const { host, pathname } = new URL(response.url());
    hosts.add(host);
    if (/\.(js|css)$/u.test(pathname)) bodies.push(response.body());
  });
  await page.addInitScript(() => {
    const shifts: number[] = Object.assign(globalThis, { shifts: [] }).shifts;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if ("value" in entry) shifts.push(Number(entry.value));
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(server.url);
  await page.getByRole("rowheader", { name: "shop" }).waitFor();
  await page.getByRole("link", { name: "dev", exact: true }).waitFor();
  const weights = (await Promise.all(bodies)).map((body) => gzipSync(body).byteLength);
  expect(weights.length).toBeGreaterThan(2);
  expect(weights.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(budget);
  expect([...hosts]).toEqual([new URL(server.url).host]);
  const shifts = await page.evaluate<number[]>("shifts");
  expect(shifts.reduce((sum, one) => sum + one, 0)).toBeLessThan(0.01);
  expect(complaints).toEqual([]);
});

test("every page works where scripts may not be made from text", async () => {
  const { page, complaints } = await openSignedIn(browser, server);
  const answer = await page.goto(server.url);
  expect(answer?.headers()["content-security-policy"]).toContain("require-trusted-types-for 'script'");
  for (const [path, heading] of [
    ["/", "Apps"],
    ["/apps/shop", "shop"],
    ["/apps/shop/dev", "dev"],
    ["/apps/shop/dev/settings", "dev"],
    ["/apps/shop?new=helm", "shop"],
    ["/connections?new=kubernetes", "Connections"],
    ["/access", "Members & tokens"],
    ["/audit", "Audit"],
    ["/profile", "Profile"],
    ["/find?q=a", "Find a key"],
  ] as const) {
    await page.goto(`${server.url}${path}`);
    await page.getByRole("heading", { name: heading, level: 1, includeHidden: true }).waitFor();
  }
  expect(complaints).toEqual([]);
});

/** What all scripts of the console come after but the first. */
const consoleStart = /\/assets\/start-[^/]*\.js$/u;
const environment = "/api/v1/apps/shop/environments/dev";

test.for([
  ["/", "Apps", ["/api/v1/me", "/api/v1/apps?limit=200", "/api/v1/status?limit=200"]],
  [
    "/apps/shop/dev/vars/secrets",
    "Secrets",
    ["/api/v1/me", environment, `${environment}/secrets`, `${environment}/status`],
  ],
] as const)(
  "what %s asks first does not wait for the console's scripts, and is asked once",
  async ([path, heading, first]) => {
    const { page, complaints } = await openSignedIn(browser, server);
    // Nothing of the console is there before it is known that all this was asked.
    const letGo = await holdBack(page, consoleStart);
    const asked: string[] = [];
    page.on("request", (request) => {
      const { pathname, search } = new URL(request.url());
      asked.push(pathname + search);
      if (first.every((one) => asked.includes(one))) letGo();
    });
    await page.goto(server.url + path);
    await page.getByRole("heading", { name: heading, exact: true }).waitFor();
    await page.getByText("dev", { exact: true }).first().waitFor();
    expect(asked.filter((one) => first.some((wanted) => wanted === one)).toSorted()).toEqual([...first].toSorted());
    expect(complaints).toEqual([]);
  },
);

test("an address that nobody can read still has the frame around it", async () => {
  const { page } = await openSignedIn(browser, server);
  await page.goto(`${server.url}/apps/%E0%A4%A/dev`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  expect(await page.getByRole("button", { name: /: menu$/u }).count()).toBe(1);
});

test("the bar is seen before the console's scripts are there, in the theme that was chosen", async () => {
  const { page, complaints } = await openSignedIn(browser, server);
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto(`${server.url}/profile`);
  await page.getByLabel("Dark").check();
  const ground = async (): Promise<string> =>
    await page.evaluate(() => {
      return getComputedStyle(document.body).backgroundColor;
    });
  const dark = await ground();
  const letGo = await holdBack(page, consoleStart);
  await page.goto(server.url, { waitUntil: "commit" });
  await page.getByRole("link", { name: "Keyroll" }).waitFor();
  // The ground once something was painted: the scripts that are held back cannot have set it.
  const painted = await page.evaluate(
    async () =>
      await new Promise<string>((resolve) => {
        new PerformanceObserver(() => resolve(getComputedStyle(document.body).backgroundColor)).observe({
          type: "paint",
          buffered: true,
        });
      }),
  );
  expect(painted).toBe(dark);
  expect(await page.getByRole("heading").count()).toBe(0);
  letGo();
  await page.getByRole("heading", { level: 1 }).waitFor();
  expect(await ground()).toBe(dark);
  expect(complaints).toEqual([]);
});
