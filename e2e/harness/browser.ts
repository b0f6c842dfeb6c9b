import type Axe from "axe-core";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium, type Browser, type Locator, type Page, type Request, type Route } from "playwright-core";
import { expect } from "vitest";
import { setUpLink } from "./person.ts";
import { ask, type TestServer } from "./server.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The system's own browser, without a window. */
export const openBrowser = async (): Promise<Browser> =>
  await chromium.launch({ executablePath: process.env["KEYROLL_CHROMIUM"] ?? "chromium", args: ["--no-sandbox"] });

/** A page of its own session; everything that it complains about is kept. */
export const openPage = async (browser: Browser): Promise<{ page: Page; complaints: string[] }> => {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    // A refused request is an answer that the page shows, not a defect of it.
    if (!/Failed to load resource: the server responded with a status of 4\d\d/u.test(message.text()))
      complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return { page, complaints };
};

/**
 * From the return on, what the page asks for at addresses that match is given to `answer`. `page.route` alone does not promise it: a page
 * that is at work learns late that its requests are looked at, and sends the next one past the test. (A route that is there from the
 * start would switch the browser's cache off for everything.)
 */
export const intercept = async (
  page: Page,
  match: RegExp | ((url: URL) => boolean),
  answer: (route: Route) => Promise<void>,
): Promise<void> => {
  await page.route(match, answer);
  // Nothing is at work there yet.
  if (page.url() === "about:blank") return;
  const probe = "/is-looked-at";
  await page.route(
    ({ pathname }) => pathname === probe,
    async (route) => await route.fulfill({ status: 204 }),
  );
  await expect.poll(async () => await page.evaluate(async (path) => (await fetch(path)).status, probe)).toBe(204);
};

/**
 * From now on requests to a path (below the host, without its query) wait until what is returned is called; `isHeld` says which, if
 * not all.
 */
export const holdBack = async (
  page: Page,
  path: string | RegExp,
  isHeld: (request: Request) => boolean = () => true,
): Promise<() => void> => {
  const held = Promise.withResolvers<void>();
  await intercept(
    page,
    ({ pathname }) => (typeof path === "string" ? pathname === path : path.test(pathname)),
    async (route) => {
      if (isHeld(route.request())) await held.promise;
      // The page may be gone by then.
      await route.continue().catch(() => undefined);
    },
  );
  return held.resolve;
};

/** Nothing closes a dialog that is at work: not its button, not Escape, even twice, and not a click beside it. */
export const expectToStay = async (page: Page, dialog: Locator): Promise<void> => {
  await dialog.getByRole("button", { name: /^(?:Cancel|Back|Not now)$/u, disabled: true }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.mouse.click(5, 5);
  expect(await dialog.isVisible()).toBe(true);
  expect(await dialog.getByRole("button", { name: "Close", exact: true }).count()).toBe(0);
};

/** Paths of what the page posts from now on. */
export const postsOf = (page: Page): readonly string[] => {
  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST") sent.push(new URL(request.url()).pathname);
  });
  return sent;
};

/** No violation of WCAG in either theme, no code between backticks, and no sideways scrolling on a small screen. */
export const expectAccessible = async (page: Page, name: string): Promise<void> => {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe);
    // The themes differ in nothing but colours, and a whole run takes a second of a slow machine.
    const rules = colorScheme === "light" ? {} : { runOnly: ["color-contrast", "link-in-text-block"] };
    const violations = await page.evaluate(async (options) => {
      const { axe } = globalThis as unknown as { axe: typeof Axe };
      return (await axe.run(options)).violations.map(
        (one) => `${one.id}: ${one.nodes.map(({ target }) => target).join(" ")}`,
      );
    }, rules);
    expect(violations, `${name}, ${colorScheme}`).toEqual([]);
    const folder = process.env["KEYROLL_SCREENSHOTS"];
    if (folder) await page.screenshot({ path: `${folder}/${name}-${colorScheme}.png`, fullPage: true });
  }
  await page.emulateMedia({ colorScheme: "light" });
  // What the server writes between backticks is shown as code.
  expect(await page.locator("body").innerText(), `${name}: code between backticks`).not.toContain("`");
  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 800 });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  const folder = process.env["KEYROLL_SCREENSHOTS"];
  if (folder) await page.screenshot({ path: `${folder}/${name}-320.png`, fullPage: true });
  expect(width, `${name} at 320 px`).toBeLessThanOrEqual(320);
  if (size !== null) await page.setViewportSize(size);
};

/** The name and password of the Administrator that `setUp` makes. */
export const ada = { name: "ada@example.com", password: "a long enough password" } as const;

/** Makes the first Administrator with the link that the server prints. */
export const setUp = async (server: TestServer): Promise<void> => {
  const { code } = await setUpLink(server);
  const made = await ask(server, "POST /setup", { token: null, body: { code, ...ada } });
  if (made.status !== 201) throw new Error(`set-up refused: ${JSON.stringify(made.body)}`);
};

/** Fills the login in, wherever it is shown. */
export const signIn = async (page: Page): Promise<void> => {
  const button = page.getByRole("button", { name: "Sign in", exact: true });
  const form = page.locator("form").filter({ has: button });
  const name = form.getByLabel("Name", { exact: true });
  if (await name.isEditable()) await name.fill(ada.name);
  await form.getByLabel("Password", { exact: true }).fill(ada.password);
  await button.click();
};

/** A page of its own session, signed in, at an address of the console. */
export const openSignedIn = async (
  browser: Browser,
  server: TestServer,
  path = "/",
): Promise<{ page: Page; complaints: string[] }> => {
  const opened = await openPage(browser);
  await opened.page.goto(`${server.url}${path}`);
  await opened.page.getByRole("heading", { name: "Sign in" }).waitFor();
  await signIn(opened.page);
  await opened.page.getByRole("button", { name: `${ada.name}: menu` }).waitFor();
  // The page itself is loaded after its frame.
  await opened.page.getByRole("heading", { level: 1 }).waitFor();
  return opened;
};
