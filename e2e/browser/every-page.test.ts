import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ada, expectAccessible, openBrowser, openSignedIn, setUp } from "../harness/browser.ts";
import {
  ask,
  deploy,
  makeHome,
  makeProcessEnvironment,
  startServer,
  type Home,
  type TestServer,
} from "../harness/server.ts";

let home: Home;
let server: TestServer;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  await setUp(server);
  const base = await makeProcessEnvironment(server);
  await ask(server, "POST /apps/shop/environments", { body: { name: "two", connection: "here", kind: "sandbox" } });
  const set = { LOG_LEVEL: "info", DATABASE_URL: "postgres://x", OLD: "x" };
  await ask(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set, meta: { LOG_LEVEL: { visible: true } } } });
  await ask(server, "PATCH /apps/shop/environments/two/secrets", {
    ifMatch: 0,
    body: { set: { LOG_LEVEL: "info", MORE: "y" } },
  });
  await deploy(server, base);
  await ask(server, `PATCH ${base}/secrets`, {
    ifMatch: 1,
    body: { set: { DATABASE_URL: "postgres://y" }, remove: ["OLD"] },
  });
  await ask(server, `PUT ${base}/instances/one`, {
    body: { host: "here", pid: 7, startedAt: Date.now(), revision: 1, keys: "all", state: "running" },
  });
  browser = await openBrowser();
  ({ page, complaints } = await openSignedIn(browser, server));
});
afterAll(async () => {
  await browser.close();
  await server.stop();
  await home.remove();
});

/** Each page that a process environment has, with a text that is there when it is loaded. */
const pages = [
  ["/", "shop"],
  ["/find?q=LOG", "shop / two"],
  ["/apps/shop", "Releases"],
  ["/apps/shop/dev", "in the store"],
  ["/apps/shop/dev/vars/secrets", "LOG_LEVEL"],
  ["/apps/shop/dev/vars/secrets?key=LOG_LEVEL", "Rotate by"],
  ["/apps/shop/dev/deployments", "last good"],
  ["/apps/shop/dev/deployments/1", "What changed"],
  ["/apps/shop/dev/settings", "End of this environment"],
  ["/compare?of=shop/dev,shop/two", "DATABASE_URL"],
  ["/connections", "here"],
  ["/connections/here", "Environments"],
  ["/access", ada.name],
  ["/audit", "deployments.request"],
  ["/profile", "Sessions"],
  ["/nowhere", "no such page"],
] as const;

const open = async (path: string, text: string): Promise<void> => {
  await page.goto(server.url + path);
  await page.getByRole("main").getByText(text, { exact: false }).locator("visible=true").first().waitFor();
};

test.for(pages)("%s: no violation in either theme, nothing beside the page at 320 px", async ([path, text]) => {
  await open(path, text);
  await expectAccessible(page, `every${path.replaceAll(/[^a-z0-9]+/giu, "-")}`);
  expect(complaints).toEqual([]);
});

/** What a person can use in the page, marked; those of a row of its own keys (arrows) count as one. */
const markAll = async (): Promise<number> =>
  await page.evaluate(() => {
    const usable = "a[href], button, input, select, textarea, summary, [tabindex='0']";
    const seen = [...document.querySelectorAll<HTMLElement>(usable)].filter(
      (one) =>
        one.checkVisibility({ visibilityProperty: true, opacityProperty: false }) &&
        !one.matches(":disabled") &&
        one.tabIndex >= 0 &&
        !(one instanceof HTMLInputElement && one.type === "radio" && !one.checked),
    );
    for (const [index, one] of seen.entries()) one.dataset["stop"] = String(index);
    document.body.tabIndex = -1;
    document.body.focus();
    return seen.length;
  });

test.for(pages)("%s: Tab comes to everything that can be used, in sight, and out again", async ([path, text]) => {
  await open(path, text);
  const count = await markAll();
  const reached = new Set<string>();
  // A date is several stops of its own.
  for (let press = 0; press < 2 * count + 10; press++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const one = document.activeElement;
      if (!(one instanceof HTMLElement) || one === document.body) return null;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
      const inside = one.closest(".field, .choice, label") ?? one;
      const around = getComputedStyle(inside);
      const isSeen =
        (outlineStyle !== "none" && outlineWidth !== "0px") ||
        boxShadow !== "none" ||
        // The parts of a date are the browser's own, and so is the ring around each.
        (one instanceof HTMLInputElement && one.type === "date") ||
        (around.outlineStyle !== "none" && around.outlineWidth !== "0px");
      return { stop: one.dataset["stop"] ?? null, isSeen, what: one.outerHTML.slice(0, 120) };
    });
    if (at === null) break;
    expect(at.isSeen, `${path}: the focus cannot be seen on ${at.what}`).toBe(true);
    if (at.stop !== null) reached.add(at.stop);
  }
  const missed = await page.evaluate(
    (all) =>
      [...document.querySelectorAll<HTMLElement>("[data-stop]")]
        .filter(({ dataset }) => !all.includes(dataset["stop"] ?? ""))
        .map(({ outerHTML }) => outerHTML.slice(0, 120)),
    [...reached],
  );
  expect(missed).toEqual([]);
  expect(reached.size).toBe(count);
});
