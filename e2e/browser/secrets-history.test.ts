import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, openBrowser } from "../harness/browser.ts";
import { makeEnvironments, openSecretsPage, seed, valuesOf, type SecretsPage } from "../harness/secrets-page.ts";
import { ask, makeHome, startServer, type Home, type TestServer } from "../harness/server.ts";

let home: Home;
let server: TestServer;
let browser: Browser;
let secrets: SecretsPage;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  browser = await openBrowser();
  await makeEnvironments(server, ["fresh", "history", "production"]);
  secrets = await openSecretsPage(browser, server, { first: true });
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  await home.remove();
});

test("history: a revision is restored after a look at what changes", async () => {
  const { page } = secrets;
  await seed(server, "history", { set: { KEPT: "1", LOST: "1" }, message: "both" });
  await seed(server, "history", { set: { KEPT: "2", FRESH: "1" }, remove: ["LOST"], message: "one goes" }, 1);
  await secrets.open("history");
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "History" }).click();
  const dialog = secrets.dialog();
  await dialog.getByText("one goes").waitFor();
  // It has an address of its own.
  await page.reload();
  await dialog.getByText("one goes").waitFor();
  await expectAccessible(page, "secrets-history");
  await dialog.getByRole("button", { name: "Restore revision 1" }).click();
  await dialog.getByRole("list", { name: "What changes" }).waitFor();
  expect(
    (await dialog.getByRole("list", { name: "What changes" }).getByRole("listitem").allInnerTexts()).toSorted(),
  ).toEqual(["FRESH is removed", "KEPT gets its value of then", "LOST comes back"]);
  await dialog.getByRole("button", { name: "Restore 1" }).click();
  await dialog.waitFor({ state: "detached" });
  expect(await valuesOf(server, "history")).toEqual({ KEPT: "1", LOST: "1" });
});

test("keys of another environment come as a revision, or as drafts", async () => {
  const { page } = secrets;
  await seed(server, "fresh", { set: { FIRST: "one" } });
  await secrets.open("fresh");
  const choose = async (): Promise<void> => {
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Copy from another environment" }).click();
    await secrets.dialog().getByLabel("Environment").selectOption("history");
    await secrets.dialog().getByLabel("KEPT").waitFor();
  };
  await choose();
  await secrets.dialog().getByLabel("LOST").uncheck();
  await secrets.dialog().getByRole("button", { name: "Copy 1 key" }).click();
  await secrets.dialog().waitFor({ state: "detached" });
  expect(await valuesOf(server, "fresh")).toEqual({ FIRST: "one", KEPT: "1" });
  await choose();
  await secrets.dialog().getByRole("button", { name: "Make drafts of them" }).click();
  await page.getByText("1 draft added.").waitFor();
  await secrets.save();
  expect(await valuesOf(server, "fresh")).toEqual({ FIRST: "one", KEPT: "1", LOST: "1" });
});

test("production: a reason before a value is shown, and no save and deploy in the bar", async () => {
  const { page, row } = secrets;
  await seed(server, "production", { set: { PASSWORD: "canary-prod" } });
  await secrets.open("production");
  await row("PASSWORD").getByRole("button", { name: "Reveal PASSWORD" }).click();
  await secrets.dialog().getByLabel("Reason").fill("the pager rang");
  await expectAccessible(page, "secrets-reason");
  await secrets.dialog().getByRole("button", { name: "Reveal" }).click();
  await row("PASSWORD").getByText("canary-prod").waitFor();
  const { items } = (await ask(server, "GET /audit?action=secrets.reveal")).body;
  expect(items[0].details).toMatchObject({ key: "PASSWORD", reason: "the pager rang" });
  await secrets.change("PASSWORD", "next");
  expect(
    await page.getByRole("region", { name: "Drafts" }).getByRole("button", { name: "Save and deploy" }).count(),
  ).toBe(0);
  await page.getByRole("button", { name: "Discard", exact: true }).click();
});
