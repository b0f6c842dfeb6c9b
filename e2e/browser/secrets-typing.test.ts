import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { holdBack, intercept, openBrowser } from "../harness/browser.ts";
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

const environments = [
  "grid",
  "editor",
  "vanish",
  "away",
  "lasting",
  "answer",
  "lost",
  "notice",
  "keys",
  "shown",
  "along",
  "load",
];

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  browser = await openBrowser();
  await makeEnvironments(server, environments);
  here = await openSecretsPage(browser, server, { first: true });
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  await home.remove();
});

/** The page has heard of a save: the key that came with it is there. */
const heard = async (key: string): Promise<void> => await here.row(key).waitFor();

test("a key that others save while its new value is typed in the grid is a conflict, and nothing is written over", async () => {
  await seed(server, "grid", { set: { A: "0", B: "0" } });
  await here.open("grid");
  await here.row("A").getByRole("button", { name: "Edit A" }).click();
  await here.page.getByLabel("Value", { exact: true }).fill("mine");
  await seed(server, "grid", { set: { A: "theirs", NEWS: "1" } }, 1);
  await heard("NEWS");
  await here.page.keyboard.press("Enter");
  await here.page.getByText("1 key was saved by somebody else too.").waitFor();
  await here.page.getByRole("button", { name: "Review" }).click();
  await here.dialog().getByRole("button", { name: "Keep mine" }).waitFor();
  await here.page.keyboard.press("Escape");
  // What was begun after it is none.
  await here.change("B", "mine too");
  await here.page.getByText("1 key was saved by somebody else too.").waitFor();
  expect(await valuesOf(server, "grid")).toMatchObject({ A: "theirs", B: "0" });
});

test("a key that others save while it is in the editor is a conflict", async () => {
  await seed(server, "editor", { set: { A: "0" } });
  await here.open("editor");
  await here.row("A").getByRole("button", { name: "Edit A" }).click();
  await here.page.getByRole("button", { name: "Editor…" }).click();
  await here.dialog().getByRole("button", { name: "Load the saved value" }).click();
  await expect.poll(async () => await here.dialog().getByLabel("Value", { exact: true }).inputValue()).toBe("0");
  await seed(server, "editor", { set: { A: "theirs", NEWS: "1" } }, 1);
  await heard("NEWS");
  await here.dialog().getByLabel("Value", { exact: true }).fill("0\nand mine");
  await here.dialog().getByRole("button", { name: "Done" }).click();
  await here.page.getByText("1 key was saved by somebody else too.").waitFor();
});

test("what is typed in a row stays when others remove the key, and when the page is left", async () => {
  const { page } = here;
  await seed(server, "vanish", { set: { A: "0" } });
  await here.open("vanish");
  await here.row("A").getByRole("button", { name: "Edit A" }).click();
  await page.getByLabel("Value", { exact: true }).fill("typed");
  await seed(server, "vanish", { set: { NEWS: "1" }, remove: ["A"] }, 1);
  await heard("NEWS");
  await page.getByText("1 key was saved by somebody else too.").waitFor();
  await page.getByRole("button", { name: "Review" }).click();
  await here.dialog().getByRole("button", { name: "Keep mine" }).click();
  await here.dialog().getByRole("button", { name: "Save", exact: true }).click();
  await here.dialog().waitFor({ state: "detached" });
  expect(await valuesOf(server, "vanish")).toEqual({ A: "typed", NEWS: "1" });

  await page.getByRole("button", { name: /^Add/u }).click();
  await page.getByLabel("Key", { exact: true }).fill("LATER");
  await page.getByLabel("Value", { exact: true }).fill("half of it");
  await page.getByRole("link", { name: "Overview" }).click();
  await page.getByRole("button", { name: /1 draft not included/u }).waitFor();
  await page.getByRole("link", { name: "Vars" }).click();
  await here.row("LATER").getByText("draft").waitFor();
});

test("what is edited while a save is under way is not taken for saved", async () => {
  const { page } = here;
  await seed(server, "lasting", { set: { A: "0", B: "0" } });
  await page.goto(`${server.url}/apps/shop/lasting`);
  await page.getByRole("link", { name: "Vars" }).click();
  await here.change("A", "first");
  await here.add("C", "first");
  const letGo = await holdBack(page, /\/secrets$/u, (request) => request.method() === "PATCH");
  await page.getByRole("button", { name: "Review" }).click();
  await here.dialog().getByRole("button", { name: "Save", exact: true }).click();
  // The Back button of the browser closes every dialog.
  await page.goBack();
  await here.dialog().waitFor({ state: "detached" });
  await page.goForward();
  await here.change("B", "second");
  await here.change("C", "second");
  letGo();
  await page.getByText("Saved as revision 2").first().waitFor();
  await page.getByText("2 drafts changed.").waitFor();
  await here.save();
  expect(await valuesOf(server, "lasting")).toEqual({ A: "first", B: "second", C: "second" });
});

test("one's own save is nobody else's, also when the page hears of it before its answer", async () => {
  const { page } = here;
  await seed(server, "answer", { set: { A: "0" } });
  await here.open("answer");
  await here.change("A", "mine");
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  await intercept(page, /\/secrets$/u, async (route) => {
    if (route.request().method() !== "PATCH") await route.continue();
    else {
      const response = await route.fetch();
      await held;
      await route.fulfill({ response });
    }
  });
  await page.getByRole("button", { name: "Review" }).click();
  const list = page.waitForResponse((one) => one.url().endsWith("/secrets") && one.request().method() === "GET");
  await here.dialog().getByRole("button", { name: "Save", exact: true }).click();
  await list;
  await expect.poll(async () => await page.locator("tr[data-row=A] .changed-cell").innerText()).toMatch(/2$/u);
  expect(await here.dialog().getByRole("heading", { level: 2 }).innerText()).toBe("Review");
  answer();
  await here.dialog().waitFor({ state: "detached" });
  await page.unrouteAll({ behavior: "ignoreErrors" });
  expect((await ask(server, `GET ${pathOf("answer")}/secrets`)).body.revision).toBe(2);
});

test("a save whose answer is lost is asked for again, and is still nobody else's", async () => {
  const { page } = here;
  await seed(server, "lost", { set: { A: "0" } });
  await here.open("lost");
  await here.change("A", "mine");
  let isFirst = true;
  await intercept(page, /\/secrets$/u, async (route) => {
    if (route.request().method() !== "PATCH" || !isFirst) await route.continue();
    else {
      isFirst = false;
      await route.fetch();
      await route.abort();
    }
  });
  await page.getByRole("button", { name: "Review" }).click();
  await here.dialog().getByRole("button", { name: "Save", exact: true }).click();
  await here.dialog().getByText("cannot be reached").waitFor();
  await expect.poll(async () => await page.locator("tr[data-row=A] .changed-cell").innerText()).toMatch(/2$/u);
  expect(await here.dialog().getByRole("heading", { level: 2 }).innerText()).toBe("Review");
  await here.dialog().getByRole("button", { name: "Save", exact: true }).click();
  await here.dialog().waitFor({ state: "detached" });
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.getByText("No drafts.").or(here.row("A").getByText("saved, never deployed")).first().waitFor();
  expect((await ask(server, `GET ${pathOf("lost")}/secrets`)).body.revision).toBe(2);
});

test("Ctrl+S in a row takes what is typed there along into the review", async () => {
  const { page } = here;
  await seed(server, "keys", { set: { A: "0" } });
  await here.open("keys");
  await page.getByRole("button", { name: /^Add/u }).click();
  await page.getByLabel("Key", { exact: true }).fill("not a name");
  await page.getByLabel("Value", { exact: true }).fill("typed");
  await page.keyboard.press("Control+s");
  expect(await here.dialog().count()).toBe(0);
  await page.getByLabel("Key", { exact: true }).fill("NEW");
  await page.keyboard.press("Control+s");
  await here.dialog().getByText("Add NEW: 5 B").waitFor();
  expect(await page.getByText("There are no drafts to review.").count()).toBe(0);
});

test("the Undo of a notice undoes what the notice says, also when something else was edited since", async () => {
  const { page } = here;
  await seed(server, "notice", { set: { A: "0", B: "0" } });
  await here.open("notice");
  await here.row("A").getByRole("button", { name: "Remove A" }).click();
  await here.change("B", "typed");
  await page.getByRole("region", { name: "Notices" }).getByRole("button", { name: "Undo" }).click();
  await here.row("A").getByText("saved, never deployed").waitFor();
  await page.getByText("1 draft changed.").waitFor();
  expect(await here.row("B").innerText()).toContain("draft: changed");
});

test("a value that was revealed before the edit is not shown as the draft's", async () => {
  await seed(server, "shown", { set: { A: "the old one" } });
  await here.open("shown");
  await here.row("A").getByRole("button", { name: "Reveal A" }).click();
  await here.row("A").getByText("the old one").waitFor();
  await here.change("A", "the new one");
  expect(await here.row("A").innerText()).not.toContain("the old one");
  await here.row("A").getByRole("button", { name: "Reveal A" }).click();
  await here.row("A").getByText("the new one").waitFor();
  await here.change("A", "the third");
  expect(await here.row("A").innerText()).not.toContain("the new one");
});

test("a loaded value does not go over what was typed while it came", async () => {
  const { page } = here;
  await seed(server, "load", { set: { A: "saved" } });
  await here.open("load");
  await here.row("A").getByRole("button", { name: "Edit A" }).click();
  await page.getByRole("button", { name: "Editor…" }).click();
  const letGo = await holdBack(page, /\/reveal$/u);
  await here.dialog().getByRole("button", { name: "Load the saved value" }).click();
  await here.dialog().getByLabel("Value", { exact: true }).fill("typed");
  const answer = page.waitForResponse(/\/reveal$/u);
  letGo();
  await answer;
  expect(await here.dialog().getByLabel("Value", { exact: true }).inputValue()).toBe("typed");
});

test("save and deploy takes no keys along that others saved meanwhile", async () => {
  const { page } = here;
  await seed(server, "along", { set: { A: "0" } });
  await here.open("along");
  await here.change("A", "mine");
  await page.getByRole("button", { name: "Save and deploy" }).click();
  await here.dialog().getByLabel("Message").waitFor();
  const stale = await holdBack(page, /\/secrets$/u, (request) => request.method() === "GET");
  await seed(server, "along", { set: { THEIRS: "1" } }, 1);
  await here.dialog().getByRole("button", { name: "Save and deploy" }).click();
  stale();
  const refused = page.getByRole("dialog", { name: "Saved, and not deployed" });
  await refused.getByText("merged with revision 2").first().waitFor();
  expect((await ask(server, `GET ${pathOf("along")}/deployments`)).body.items).toEqual([]);
});
