/** Milliseconds for which whoever touched the page still counts as there. */
const presentFor = 60_000;

let touched = performance.now();
for (const event of ["keydown", "pointerdown", "pointermove", "wheel"])
  addEventListener(event, () => (touched = performance.now()), { capture: true, passive: true });

/**
 * `fetch` of a page that also asks by itself: while nobody is at it, a question does not count as use of the session, which
 * would else last as long as the page is open.
 */
export const attended =
  (send: typeof fetch): typeof fetch =>
  async (input, init) => {
    if (performance.now() - touched < presentFor) return await send(input, init);
    const headers = new Headers(init?.headers);
    headers.set("keyroll-unattended", "1");
    return await send(input, { ...init, headers });
  };
