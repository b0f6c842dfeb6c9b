import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { chromium, type Browser, type Page } from "playwright-core";
import { framesDrawn } from "../e2e/harness/frames.ts";
import { setUp, type Person } from "../e2e/harness/person.ts";
import { ask, startServer, type TestServer } from "../e2e/harness/server.ts";
import { startFloors } from "./console-floors.ts";
import { instrument, type Effect } from "./in-page.ts";
import { times, withUnit, type Figure, type Measure } from "./measure.ts";
import { inFolder, root, serverProgram } from "./programs.ts";
import { quantile, ratios, spread } from "./rounds.ts";

const secretsPath = "/apps/shop/dev/vars/secrets";

/** An environment with a hundred keys of all sizes. */
const fill = async (server: TestServer): Promise<void> => {
  await ask(server, "POST /apps", { body: { name: "shop" } });
  await ask(server, "POST /connections", { body: { name: "here", cluster: { kind: "process" } } });
  await ask(server, "POST /apps/shop/environments", { body: { name: "dev", connection: "here", kind: "sandbox" } });
  const set = Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [`SERVICE_${String(i).padStart(2, "0")}_PASSWORD`, "x".repeat(8 + i * 3)]),
  );
  await ask(server, "PATCH /apps/shop/environments/dev/secrets", { ifMatch: 0, body: { set } });
};

interface Opened {
  readonly page: Page;
  readonly foreign: string[];
}

/** A page that measures, on a machine so many times slower. */
const measuredPage = async (browser: Browser, slowdown: number): Promise<Page> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(instrument);
  const tools = await context.newCDPSession(page);
  await tools.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
  return page;
};

const open = async (browser: Browser, server: TestServer, person: Person, slowdown: number): Promise<Opened> => {
  const page = await measuredPage(browser, slowdown);
  const [name = "", value = ""] = person.cookie.split(/=(.*)/su);
  await page.context().addCookies([{ name, value, url: server.url }]);
  const foreign: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(server.url)) foreign.push(new URL(request.url()).origin);
  });
  await page.goto(`${server.url}${secretsPath}`);
  await page.locator("tr[data-row]").nth(99).waitFor();
  return { page, foreign };
};

interface Seen {
  readonly shifted: number;
  readonly largest: number;
}

/** Milliseconds of the largest paint, and the sum of all shifts, of one visit. */
const visit = async (browser: Browser, server: TestServer, person: Person, slowdown: number) => {
  const { page, foreign } = await open(browser, server, person, slowdown);
  await page.waitForTimeout(1000);
  const { shifted, largest } = await page.evaluate<Seen>("({ shifted, largest })");
  await page.context().close();
  return { shifted, largest, foreign };
};

const openFloor = async (browser: Browser, url: string, slowdown: number): Promise<Page> => {
  const page = await measuredPage(browser, slowdown);
  await page.goto(url);
  await page.waitForFunction("largest > 0");
  return page;
};

/** Milliseconds of the largest paint of a page with less to do. */
const visitFloor = async (browser: Browser, url: string, slowdown: number): Promise<number> => {
  const page = await openFloor(browser, url, slowdown);
  await page.waitForTimeout(1000);
  const largest = await page.evaluate<number>("largest");
  await page.context().close();
  return largest;
};

/** Presses a key; milliseconds until the frame is painted that shows its effect. */
const press = async (page: Page, key: string, effect: Effect, count: number): Promise<number> => {
  const painted = page.evaluate<number>(`painted(${JSON.stringify(effect)}, ${count})`);
  // The question must be there before the key is.
  await page.evaluate(() => undefined);
  await page.keyboard.press(key);
  return await painted;
};

const paintsOf = () => ({
  ours: [] as number[],
  sentence: [] as number[],
  preact: [] as number[],
  plain: [] as number[],
});
const pressesOf = () => ({ filter: [] as number[], typing: [] as number[], edit: [] as number[] });
type Presses = ReturnType<typeof pressesOf>;

/** Filters the list letter by letter, and gives two rows a new value. */
const work = async (page: Page): Promise<Presses> => {
  const { filter, typing, edit } = pressesOf();
  await page.getByLabel("Filter keys").focus();
  // All keys begin with it; then ten are left, then one.
  for (const [i, letter] of Array.from("service_42").entries())
    filter.push(await press(page, letter, "rows", i < 8 ? 100 : i === 8 ? 10 : 1));
  for (const count of [10, 100, 100]) filter.push(await press(page, "Backspace", "rows", count));
  for (const [i, at] of [7, 61].entries()) {
    await page.locator("tr[data-row]").nth(at).locator("[data-key]").focus();
    // Whoever edits a row sees it: what scrolling to it costs belongs to no key.
    await framesDrawn(page);
    edit.push(await press(page, "e", "field", 1));
    for (let typed = 1; typed <= 6; typed++) typing.push(await press(page, "x", "letters", typed));
    edit.push(await press(page, "Enter", "drafts", i + 1));
  }
  return { filter, typing, edit };
};

/** Scripts and styles that a page has loaded. */
const loadedBy = async (page: Page): Promise<string[]> => {
  const paths = await page.evaluate(() =>
    performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname),
  );
  return [...new Set(paths.filter((path) => /\.(?:js|css)$/u.test(path)))];
};

/** Bytes after gzip of the scripts and styles of the first page, of the page of the secrets, and of all there are. */
const sizes = async (browser: Browser, server: TestServer, person: Person) => {
  const { page } = await open(browser, server, person, 1);
  const secrets = await loadedBy(page);
  await page.goto(server.url);
  await page.getByRole("link", { name: "shop" }).first().waitFor();
  const first = await loadedBy(page);
  await page.context().close();
  const folder = join(root, "console/dist");
  const gzip = (path: string): number => gzipSync(readFileSync(join(folder, path)), { level: 9 }).byteLength;
  const all = readdirSync(join(folder, "assets"))
    .filter((name) => /\.(?:js|css)$/u.test(name))
    .map((name) => `/assets/${name}`);
  const sum = (paths: readonly string[]): number => paths.reduce((total, path) => total + gzip(path), 0);
  // The editor and the parser of YAML are loaded when somebody opens one or pastes some.
  const apart = all.filter(
    (path) => /(?:yaml|codemirror|editor-setup)[^/]*\.js$/iu.test(path) && ![...first, ...secrets].includes(path),
  );
  return { first: sum(first), secrets: sum(secrets), all: sum(all) - sum(apart), apart: sum(apart) };
};

/** How large the console is, how soon it is there, and how soon a key press is seen in a list of a hundred. */
export const g11: Measure = {
  id: "G11",
  title: "Console",
  floor: "one frame (16.7 ms)",
  run: async (rounds) =>
    await inFolder(async (dataDir) => {
      const server = await startServer({ dataDir, program: serverProgram });
      let html = "";
      const floors = await startFloors(() => html);
      const browser = await chromium.launch({
        executablePath: process.env["KEYROLL_CHROMIUM"] ?? "/usr/bin/chromium",
        args: ["--no-sandbox"],
      });
      try {
        const person = await setUp(server);
        await fill(server);
        const { page: whole } = await open(browser, server, person, 1);
        html = await whole.content();
        await whole.context().close();
        const size = await sizes(browser, server, person);
        const paints = { fast: paintsOf(), slow: paintsOf() };
        const presses = { ours: pressesOf(), plain: pressesOf() };
        const foreign = new Set<string>();
        let shifted = 0;
        for (let round = -1; round < rounds; round++) {
          for (const [name, slowdown] of [
            ["fast", 1],
            ["slow", 4],
          ] as const) {
            const seen = await visit(browser, server, person, slowdown);
            shifted = Math.max(shifted, seen.shifted);
            seen.foreign.forEach((one) => foreign.add(one));
            if (round >= 0) paints[name].ours.push(seen.largest);
            for (const floor of ["sentence", "preact", "plain"] as const) {
              const least = await visitFloor(browser, floors[floor], slowdown);
              if (round >= 0) paints[name][floor].push(least);
            }
          }
          for (const side of ["ours", "plain"] as const) {
            const page = await (side === "ours"
              ? open(browser, server, person, 4).then((opened) => opened.page)
              : openFloor(browser, floors.plain, 4));
            const done = await work(page);
            await page.context().close();
            if (round < 0) continue;
            for (const name of ["filter", "typing", "edit"] as const) presses[side][name].push(...done[name]);
          }
        }
        const kilo = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`;
        const within = (what: string, bytes: number, most: number): Figure => ({
          what,
          figure: kilo(bytes),
          against: "-",
          goal: `<= ${most} KB`,
          met: bytes <= most * 1000,
        });
        const p95Of = (values: readonly number[]): string =>
          `p95 ${quantile(values, 0.95).toFixed(1)} ms; ${withUnit(spread(values), "ms")}`;
        const p95 = (what: string, name: keyof Presses): Figure => ({
          what,
          figure: p95Of(presses.ours[name]),
          against: `plain page ${p95Of(presses.plain[name])}`,
          goal: "p95 <= 100 ms",
          met: quantile(presses.ours[name], 0.95) <= 100,
        });
        const paint = (what: string, name: "fast" | "slow", most: number): Figure => ({
          what,
          figure: `${withUnit(spread(paints[name].ours), "ms")}, ${times(spread(ratios(paints[name].ours, paints[name].sentence)))}`,
          against: [
            `a sentence ${withUnit(spread(paints[name].sentence), "ms")}`,
            `the sentence by Preact ${withUnit(spread(paints[name].preact), "ms")}`,
            `plain page ${withUnit(spread(paints[name].plain), "ms")}`,
          ].join("; "),
          goal: `<= ${most} ms`,
          met: spread(paints[name].ours).median <= most,
        });
        return {
          figures: [
            within("scripts and styles of the first page, gzip", size.first, 130),
            {
              what: "of the secrets page, opened first, gzip",
              figure: kilo(size.secrets),
              against: "-",
              goal: "-",
              met: null,
            },
            within("of all pages, without YAML, gzip", size.all, 250),
            paint("largest paint with 100 keys, 1x", "fast", 250),
            paint("largest paint with 100 keys, 4x slower", "slow", 800),
            p95("filter to paint, 100 keys, 4x slower", "filter"),
            p95("typing to paint, 4x slower", "typing"),
            p95("open and end an edit to paint, 4x slower", "edit"),
            {
              what: "layout shift, largest of all visits",
              figure: shifted.toFixed(5),
              against: "-",
              goal: "0",
              met: shifted === 0,
            },
            {
              what: "requests to others",
              figure: String(foreign.size),
              against: "-",
              goal: "0",
              met: foreign.size === 0,
            },
          ],
          notes: [
            `The sentence is a page without a script or a style; by Preact, one that Preact alone shows. The plain page is the console's own with its styles and a hundred keys, and a few lines of script that filter and edit.`,
            `${presses.ours.filter.length} key presses of filtering, ${presses.ours.typing.length} of typing, ${presses.ours.edit.length} that open or end an edit, and as many on the plain page.`,
            `What YAML needs is loaded when it is opened or pasted: ${kilo(size.apart)} (gzip).`,
            "Times are from the key's own time stamp to the task behind the frame that shows its effect; the browser is slowed down 4 times by its own tools.",
          ],
        };
      } finally {
        await browser.close();
        floors.close();
        await server.stop();
      }
    }),
};
