/** What runs in the page that is measured. */

/** What a key press must bring about before its frame counts. */
export type Effect = "rows" | "letters" | "drafts" | "field";

/**
 * Begins to measure, under names that the page's own script does not have: `shifted` (the sum of all shifts), `largest` (milliseconds
 * until the largest paint), and `painted(effect, count)`: milliseconds from the next key to the paint of the first frame in which
 * the count is reached. Goes to the page as it is: it can use nothing from outside of it.
 */
export const instrument = (): void => {
  const measured = Object.assign(globalThis, {
    shifted: 0,
    largest: 0,
    painted: async (effect: Effect, count: number): Promise<number> =>
      await new Promise((resolve) => {
        const begin = (event: KeyboardEvent): void => {
          const look = (): void => {
            if (counts[effect]() !== count) {
              requestAnimationFrame(look);
              return;
            }
            // A task that is asked for before a frame's paint runs after it.
            const channel = new MessageChannel();
            channel.port1.addEventListener("message", () => resolve(performance.now() - event.timeStamp));
            channel.port1.start();
            channel.port2.postMessage(null);
          };
          requestAnimationFrame(look);
        };
        document.addEventListener("keydown", begin, { once: true, capture: true });
      }),
  });
  const watch = (type: string, take: (entry: PerformanceEntry) => void): void =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  // The compiler's browser has no shifts yet.
  watch("layout-shift", (entry) => {
    if ("hadRecentInput" in entry && !entry.hadRecentInput && "value" in entry) measured.shifted += Number(entry.value);
  });
  watch("largest-contentful-paint", ({ startTime }) => (measured.largest = startTime));
  const all = (selector: string): number => document.querySelectorAll(selector).length;
  const counts: Readonly<Record<Effect, () => number>> = {
    rows: () => all("tr[data-row]:not([hidden])"),
    letters: () => (document.activeElement instanceof HTMLInputElement ? document.activeElement.value.length : -1),
    drafts: () => all('tr[data-kind="draft"]'),
    field: () => (document.activeElement?.getAttribute("aria-label") === "Value" ? 1 : 0),
  };
};
