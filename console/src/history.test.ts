import { expect, test } from "vitest";
import { createPageHistory } from "./history.ts";

/** A browser's history as far as the console uses it: a list of entries, and `popstate` after each `go`. */
const makePage = (first: string) => {
  const entries: { state: unknown; url: URL }[] = [{ state: null, url: new URL(first, "http://keyroll.test") }];
  let at = 0;
  const listeners: (() => void)[] = [];
  const now = () => entries[at]!;
  const go = (steps: number): void => {
    if (entries[at + steps] === undefined) return;
    at += steps;
    for (const listener of listeners) listener();
  };
  const page = {
    get location() {
      return now().url;
    },
    history: {
      get state() {
        return now().state;
      },
      pushState: (state: unknown, _: string, url: string) => {
        entries.splice(at + 1, Infinity, { state, url: new URL(url, now().url) });
        at += 1;
      },
      replaceState: (state: unknown, _: string, url?: string) => {
        entries[at] = { state, url: url === undefined ? now().url : new URL(url, now().url) };
      },
      go,
    },
    addEventListener: (_: string, listener: () => void) => listeners.push(listener),
    scrollTo: () => undefined,
  };
  return { page: page as unknown as Window, go, count: () => entries.length, path: () => now().url.pathname };
};

test("moves are shown with how they came about", () => {
  const browser = makePage("/apps");
  const history = createPageHistory(browser.page);
  const seen: string[] = [];
  history.subscribe(() => seen.push(`${history.place().action} ${history.place().location.pathname}`));
  history.navigator.push("/apps/shop?new=helm#top");
  history.navigator.replace("/apps/shop");
  browser.go(-1);
  browser.go(1);
  expect(seen).toEqual(["PUSH /apps/shop", "REPLACE /apps/shop", "POP /apps", "POP /apps/shop"]);
  expect(history.place().moves).toBe(4);
  expect(browser.count()).toBe(2);
});

test("a guard holds a link, and lets it go when the person agrees", () => {
  const browser = makePage("/settings");
  const history = createPageHistory(browser.page);
  const asked: (() => void)[] = [];
  const release = history.guard((leave) => asked.push(leave));
  history.navigator.push("/overview");
  expect([browser.path(), asked.length]).toEqual(["/settings", 1]);
  // Another address of the same page is not leaving it.
  history.navigator.push("/settings?key=A");
  expect(asked.length).toBe(1);
  asked[0]?.();
  expect([browser.path(), history.place().location.pathname]).toEqual(["/overview", "/overview"]);
  release();
  history.navigator.push("/apps");
  expect([browser.path(), asked.length]).toEqual(["/apps", 1]);
});

test("a guard holds the way back, too: the address stays, and agreeing goes back once", () => {
  const browser = makePage("/apps");
  const history = createPageHistory(browser.page);
  history.navigator.push("/apps/shop");
  history.navigator.push("/settings");
  const asked: (() => void)[] = [];
  const release = history.guard((leave) => asked.push(leave));
  browser.go(-1);
  expect([browser.path(), history.place().location.pathname, asked.length]).toEqual(["/settings", "/settings", 1]);
  browser.go(-2);
  expect([browser.path(), asked.length]).toEqual(["/settings", 2]);
  asked[0]?.();
  expect([browser.path(), history.place().location.pathname, asked.length]).toEqual(["/apps/shop", "/apps/shop", 2]);
  release();
  browser.go(1);
  expect(history.place().location.pathname).toBe("/settings");
});

test("after the page was loaded again its entries are still in their order", () => {
  const browser = makePage("/apps");
  createPageHistory(browser.page).navigator.push("/settings");
  // Made anew on what the browser kept; the first one's listener is gone with its document, and would change nothing.
  const history = createPageHistory(browser.page);
  expect([history.place().location.pathname, history.place().moves]).toEqual(["/settings", 0]);
  const asked: (() => void)[] = [];
  history.guard((leave) => asked.push(leave));
  browser.go(-1);
  expect([browser.path(), asked.length]).toEqual(["/settings", 1]);
});
