/** What runs in the page that is measured, where the tests' compiler knows no browser. */

/** What a key press must bring about before its frame counts. */
export type Effect = "rows" | "letters" | "drafts" | "field";

/**
 * Begins to measure, under names that the page's own script does not have: `shifted` (the sum of all shifts), `largest` (milliseconds
 * until the largest paint), and `painted(effect, count)`: milliseconds from the next key to the paint of the first frame in which
 * the count is reached. Goes to the page as it is: it can use nothing from outside of it.
 */
export const instrument = (): void => {
  const page: any = globalThis;
  page.shifted = 0;
  page.largest = 0;
  const watch = (type: string, take: (entry: any) => void): void =>
    new page.PerformanceObserver((list: any) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  watch("layout-shift", (entry) => (page.shifted += entry.hadRecentInput ? 0 : entry.value));
  watch("largest-contentful-paint", (entry) => (page.largest = entry.startTime));
  const all = (selector: string): number => page.document.querySelectorAll(selector).length;
  const counts: Readonly<Record<Effect, () => number>> = {
    rows: () => all("tr[data-row]:not([hidden])"),
    letters: () => page.document.activeElement.value?.length ?? -1,
    drafts: () => all('tr[data-kind="draft"]'),
    field: () => (page.document.activeElement.getAttribute("aria-label") === "Value" ? 1 : 0),
  };
  page.painted = async (effect: Effect, count: number): Promise<number> =>
    await new Promise((resolve) => {
      const begin = (event: any): void => {
        const look = (): void => {
          if (counts[effect]() !== count) {
            page.requestAnimationFrame(look);
            return;
          }
          // A task that is asked for before a frame's paint runs after it.
          const channel = new page.MessageChannel();
          channel.port1.addEventListener("message", () => resolve(performance.now() - event.timeStamp));
          channel.port1.start();
          channel.port2.postMessage(null);
        };
        page.requestAnimationFrame(look);
      };
      page.document.addEventListener("keydown", begin, { once: true, capture: true });
    });
};
