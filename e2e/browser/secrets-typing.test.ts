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

const environments = ["grid", "editor", "vanish", "away", "lasting", "answer", "lost", "shown", "along", "load"];

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
