import type { Page } from "playwright-core";

/** Until the second frame from now was drawn: what a page does at once, it has done by then. */
export const framesDrawn = async (page: Page): Promise<void> => {
  await page.evaluate(
    "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(drawn))))",
  );
};
