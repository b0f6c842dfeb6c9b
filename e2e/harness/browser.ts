import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium, type Browser, type Page } from "playwright-core";
import { expect } from "vitest";

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

/** No violation of WCAG in either theme, and no sideways scrolling on a small screen. */
export const expectAccessible = async (page: Page, name: string): Promise<void> => {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => {
      const { axe } = globalThis as any;
      return (await axe.run()).violations.map(
        (one: any) => `${one.id}: ${one.nodes.map((n: any) => n.target).join(" ")}`,
      );
    });
    expect(violations, `${name}, ${colorScheme}`).toEqual([]);
    const folder = process.env["KEYROLL_SCREENSHOTS"];
    if (folder) await page.screenshot({ path: `${folder}/${name}-${colorScheme}.png`, fullPage: true });
  }
  await page.emulateMedia({ colorScheme: "light" });
  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 800 });
  const width = await page.evaluate(() => (globalThis as any).document.documentElement.scrollWidth);
  const folder = process.env["KEYROLL_SCREENSHOTS"];
  if (folder) await page.screenshot({ path: `${folder}/${name}-320.png`, fullPage: true });
  expect(width, `${name} at 320 px`).toBeLessThanOrEqual(320);
  if (size !== null) await page.setViewportSize(size);
};
