import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, intercept, openBrowser } from "../harness/browser.ts";
import { framesDrawn } from "../harness/frames.ts";
import { password } from "../harness/person.ts";
import {
  makeEnvironments,
  openSecretsPage,
  pathOf,
  seed,
  valuesOf,
  type SecretsPage,
} from "../harness/secrets-page.ts";
import { ask, makeHome, startServer, type Home, type TestServer } from "../harness/server.ts";

let home: Home;
let server: TestServer;
let browser: Browser;
let here: SecretsPage;
let there: SecretsPage;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  browser = await openBrowser();
  await makeEnvironments(server, ["disjoint", "overlap", "refused", "session", "restart", "late", "described"]);
  here = await openSecretsPage(browser, server, { first: true });
  there = await openSecretsPage(browser, server);
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  await home.remove();
});

test("two people change different keys: both are saved, and nobody is asked", async () => {
  await seed(server, "disjoint", { set: { A: "0", B: "0" } });
  await here.open("disjoint");
  await there.open("disjoint");
  await here.change("A", "here");
  await there.change("B", "there");
  await there.save();
  // The other's save arrives while the draft is open; it stays what it is.
  await here.row("B").locator(".changed-cell").getByText("2", { exact: true }).waitFor();
  await here.row("A").getByText("draft: changed").waitFor();
  await here.save();
  expect(await valuesOf(server, "disjoint")).toEqual({ A: "here", B: "there" });
  expect((await ask(server, `GET ${pathOf("disjoint")}/secrets`)).body.revision).toBe(3);
});

test("what is saved after the page was read and before its stream is there is shown", async () => {
  const { page } = here;
  await seed(server, "late", { set: { A: "0" } });
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  await intercept(page, /\/events$/u, async (route) => {
    await opened;
    await route.continue();
  });
  await here.open("late");
  await seed(server, "late", { set: { MEANWHILE: "1" } }, 1);
  open();
  await here.row("MEANWHILE").waitFor();
  expect(await here.row("MEANWHILE").count()).toBe(1);
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("two people change the same keys: mine or theirs, key by key, and nothing typed is lost", async () => {
  const { page } = here;
  await seed(server, "overlap", { set: { MINE: "0", THEIRS: "0", GONE: "0", ALONE: "0" } });
  await here.open("overlap");
  await there.open("overlap");
  await here.change("MINE", "my-value");
  await here.change("THEIRS", "my-other");
  await here.change("GONE", "my-third");
  await here.change("ALONE", "my-fourth");
  await here.add("BOTH", "my-fifth");
  await there.change("MINE", "their-value");
  await there.change("THEIRS", "their-other");
  await there.row("GONE").getByRole("button", { name: "Remove GONE" }).click();
  await there.add("BOTH", "their-fifth");
  await there.save("theirs first");

  await here.row("MINE").getByText("saved by somebody else too").waitFor();
  await page.getByText("4 keys were saved by somebody else too.").waitFor();
  await page.getByRole("button", { name: "Review" }).click();
  const dialog = here.dialog();
  await dialog.getByText("4 keys were saved by somebody else").waitFor();
  await dialog.getByText("Your other draft is merged with revision 2.").waitFor();
  await dialog.getByRole("region", { name: "Theirs: GONE" }).getByText("removed").waitFor();
  await expectAccessible(page, "secrets-conflict");
  // Theirs is a reveal, mine is only shown.
  await dialog.getByRole("region", { name: "Mine: MINE" }).getByRole("button", { name: "Reveal my MINE" }).click();
  await dialog.getByText("my-value").waitFor();
  await dialog.getByRole("region", { name: "Theirs: MINE" }).getByRole("button", { name: "Reveal MINE" }).click();
  await dialog.getByText("their-value").waitFor();
  expect((await ask(server, "GET /audit?action=secrets.reveal")).body.items).toHaveLength(1);
  for (const [key, whose] of [
    ["MINE", "Keep mine"],
    ["THEIRS", "Take theirs"],
    ["GONE", "Keep mine"],
    ["BOTH", "Keep mine"],
  ] as const) {
    const side = `${whose === "Keep mine" ? "Mine" : "Theirs"}: ${key}`;
    await dialog.getByRole("region", { name: side }).getByRole("button", { name: whose }).click();
  }
  const lines = await dialog.locator(".review-line > span").allInnerTexts();
  expect(lines).toEqual([
    "Change ALONE: 1 B before, 9 B now",
    "Change BOTH: 11 B before, 8 B now",
    "Add GONE: 8 B",
    "Change MINE: 11 B before, 8 B now",
  ]);
  await dialog.getByRole("button", { name: "Save", exact: true }).click();
  await dialog.waitFor({ state: "detached" });
  expect(await valuesOf(server, "overlap")).toEqual({
    MINE: "my-value",
    THEIRS: "their-other",
    GONE: "my-third",
    ALONE: "my-fourth",
    BOTH: "my-fifth",
  });
});

test("a note on a key that somebody else removes is told, not dropped", async () => {
  const { page } = here;
  await seed(server, "described", { set: { GONE: "0", ALSO: "0" } });
  await here.open("described");
  for (const key of ["GONE", "ALSO"]) {
    await page.getByTitle(`Details of ${key}`).click();
    await page.getByLabel("Note").fill(`ask Grace about ${key}`);
    await page.getByRole("button", { name: "Close" }).click();
  }
  await page.getByText("2 drafts described.").waitFor();
  await seed(server, "described", { remove: ["GONE", "ALSO"] }, 1);
  await page.getByText("2 keys were saved by somebody else too.").waitFor();
  for (const key of ["GONE", "ALSO"])
    await page.getByRole("row", { name: key }).getByText("removed by somebody else").waitFor();
  await page.getByRole("button", { name: "Review" }).click();
  const mine = here.dialog().getByRole("region", { name: "Mine: GONE" });
  await mine.getByText("new note").waitFor();
  await mine.getByText("ask Grace about GONE").waitFor();
  await mine.getByText("The key is gone, and only what is said of it was changed here.").waitFor();
  await expectAccessible(page, "secrets-conflict-described");
  expect(await mine.getByRole("button", { name: "Keep mine" }).getAttribute("aria-disabled")).toBe("true");
  await here
    .dialog()
    .getByRole("region", { name: "Theirs: ALSO" })
    .getByRole("button", { name: "Take theirs" })
    .click();
  await here.dialog().getByRole("region", { name: "Mine: ALSO" }).waitFor({ state: "detached" });
});

test("a conflict that only the server sees opens the same view", async () => {
  const { page } = here;
  await seed(server, "refused", { set: { MINE: "0" } });
  await here.open("refused");
  await here.change("MINE", "late");
  await page.getByRole("button", { name: "Review" }).click();
  await here.dialog().getByLabel("Message").waitFor();
  // The page does not hear of the save before its own is refused.
  const refused = page.waitForResponse((one) => one.request().method() === "PATCH");
  await intercept(page, /\/secrets$/u, async (route) => {
    if (route.request().method() === "GET") await refused;
    await route.continue();
  });
  await seed(server, "refused", { set: { MINE: "sooner" } }, 1);
  await here.dialog().getByRole("button", { name: "Save", exact: true }).click();
  expect((await refused).status()).toBe(409);
  await here.dialog().getByRole("button", { name: "Keep mine" }).click();
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await here.dialog().getByRole("button", { name: "Save", exact: true }).click();
  await here.dialog().waitFor({ state: "detached" });
  expect(await valuesOf(server, "refused")).toMatchObject({ MINE: "late" });
});

test("a login that ends in the middle of an edit: sign in over the page, and save what was typed", async () => {
  const { page } = here;
  await seed(server, "session", { set: { A: "0" } });
  await here.open("session");
  await here.change("A", "typed before");
  await page.evaluate(() => {
    Object.assign(globalThis, { sameDocument: true });
  });
  // An answer to the ended login comes when there is a new one already.
  const late = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  let isEnded = false;
  await intercept(
    page,
    ({ pathname }) => pathname.endsWith("/session/events"),
    async (route) => {
      // Streams go through; a refusal is short.
      if (!isEnded) {
        await route.continue();
        return;
      }
      const response = await route.fetch();
      if (response.status() === 401) {
        held.resolve();
        await late.promise;
      }
      await route.fulfill({ response });
    },
  );
  // Another browser of the same person ends this session.
  const { items } = (await there.person.ask("GET /sessions")).body;
  isEnded = true;
  for (const session of items.filter((one: any) => !one.current))
    await there.person.ask(`DELETE /sessions/${session.id}`);
  await held.promise;
  await page.evaluate(() => globalThis.dispatchEvent(new Event("visibilitychange")));
  await page.getByRole("dialog", { name: "Sign in again" }).waitFor();
  await expectAccessible(page, "secrets-login");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("dialog", { name: "Sign in again" }).waitFor({ state: "detached" });
  const refusal = page.waitForResponse((one) => one.url().endsWith("/session/events") && one.status() === 401);
  isEnded = false;
  late.resolve();
  await (await refusal).finished();
  await framesDrawn(page);
  expect(await page.getByRole("dialog", { name: "Sign in again" }).count()).toBe(0);
  await here.row("A").getByText("draft: changed").waitFor();
  await here.save();
  expect(await valuesOf(server, "session")).toEqual({ A: "typed before" });
  expect(await page.evaluate(() => "sameDocument" in globalThis)).toBe(true);
  // A page whose requests are looked at has no cache, and the next test wants one.
  await page.unrouteAll();
});

test("a server that is killed in the middle of an edit: drafts stay, and are saved when it is back", async () => {
  const { page } = here;
  await seed(server, "restart", { set: { A: "0" } });
  await here.open("restart");
  await here.change("A", "typed before");
  const { port } = new URL(server.url);
  await server.kill();
  await page.getByText("Keyroll does not answer").waitFor();
  // Editing goes on.
  await here.add("B", "typed while it was away");
  await page.getByRole("button", { name: "Review" }).click();
  await here.dialog().getByRole("button", { name: "Save", exact: true }).click();
  await here.dialog().getByText("cannot be reached").waitFor();
  await expectAccessible(page, "secrets-away");
  server = await startServer({ ...home, env: { KEYROLL_LISTEN: `127.0.0.1:${port}` } });
  await page.getByText("Keyroll does not answer").waitFor({ state: "detached" });
  await here.dialog().getByRole("button", { name: "Save", exact: true }).click();
  await here.dialog().waitFor({ state: "detached" });
  expect(await valuesOf(server, "restart")).toEqual({ A: "typed before", B: "typed while it was away" });
});
