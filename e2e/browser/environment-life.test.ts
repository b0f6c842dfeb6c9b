import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, intercept, openBrowser } from "../harness/browser.ts";
import { makeEnvironments, openSecretsPage, pathOf, seed, type SecretsPage } from "../harness/secrets-page.ts";
import { ask, deploy, makeHome, startServer, type Home, type TestServer } from "../harness/server.ts";

let home: Home;
let server: TestServer;
let browser: Browser;
let here: SecretsPage;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  browser = await openBrowser();
  await makeEnvironments(server, ["taken", "leaving", "gone", "quiet"]);
  here = await openSecretsPage(browser, server, { first: true });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await home?.remove();
});

test("an environment of a name that is taken is not told as made, and a press after a lost answer goes on", async () => {
  const { page } = here;
  await seed(server, "taken", { set: { A: "0" } });
  await page.goto(`${server.url}/apps/shop?new=helm`);
  const dialog = page.getByRole("dialog");
  const makeIt = dialog.getByRole("button", { name: "Make it" });
  await dialog.getByLabel("Name", { exact: true }).fill("taken");
  await dialog.getByLabel("Copy secrets from").selectOption("taken");
  await makeIt.click();
  await dialog.getByText("App shop has an environment taken already.").waitFor();
  expect(new URL(page.url()).pathname).toBe("/apps/shop");

  await dialog.getByLabel("Name", { exact: true }).fill("lost");
  let isFirst = true;
  await intercept(page, /\/environments$/u, async (route) => {
    if (route.request().method() !== "POST" || !isFirst) await route.continue();
    else {
      isFirst = false;
      await route.fetch();
      await route.abort();
    }
  });
  await makeIt.click();
  await dialog.getByText("cannot be reached").waitFor();
  await makeIt.click();
  await page.waitForURL(/\/apps\/shop\/lost$/u);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  expect((await ask(server, "GET /apps/shop/environments/lost/secrets")).body.revision).toBe(1);
});

/** The drafts can be looked at, and nothing offers to save them. */
const expectUnsaved = async (reason: string): Promise<void> => {
  const { page } = here;
  const drafts = page.getByRole("region", { name: "Drafts" });
  expect(await drafts.getByRole("button", { name: "Save and deploy" }).getAttribute("title")).toBe(reason);
  await drafts.getByRole("button", { name: "Review" }).click();
  for (const name of ["Save", "Save and deploy"])
    expect(await here.dialog().getByRole("button", { name, exact: true }).getAttribute("title")).toBe(reason);
  await page.keyboard.press("Escape");
  await here.dialog().waitFor({ state: "detached" });
};

test("an environment that is being removed says so, and offers no deployment", async () => {
  const { page } = here;
  await seed(server, "leaving", { set: { A: "0" } });
  await intercept(page, /\/environments\/leaving$/u, async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    await route.fulfill({ response, json: { environment: { ...body.environment, removing: true } } });
  });
  await here.open("leaving");
  await page.getByText("shop / leaving is being removed.").waitFor();
  const button = page.getByRole("button", { name: "Deploy 1" });
  await expect.poll(async () => await button.getAttribute("title")).toBe("It is being removed.");
  await here.change("A", "typed");
  await expectUnsaved("It is being removed.");
  await expectAccessible(page, "environment-removing");
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("an environment that somebody removed says so, once, and what was typed is still there", async () => {
  const { page } = here;
  await seed(server, "gone", { set: { A: "0" } });
  await page.clock.install();
  await here.open("gone");
  await here.change("A", "typed");
  const removed = await ask(server, `DELETE ${pathOf("gone")}`, { body: { destroySecrets: "gone" } });
  expect(removed.status).toBe(200);
  // What runs is asked for every 15 seconds.
  await page.clock.fastForward(16_000);
  await page.getByText("shop / gone is gone: somebody removed it.").waitFor();
  expect(await page.getByRole("alert").count()).toBe(1);
  await here.row("A").getByRole("button", { name: "Reveal A" }).click();
  await here.row("A").getByText("typed").waitFor();
  await expectUnsaved("It is gone: somebody removed it.");
  const button = page.getByRole("button", { name: "Deploy 1" });
  expect(await button.getAttribute("title")).toBe("It is gone: somebody removed it.");
  await expectAccessible(page, "environment-gone");
  await page.getByRole("link", { name: "Settings" }).click();
  const save = page.getByRole("button", { name: "Save settings" });
  await expect.poll(async () => await save.getAttribute("title")).toBe("It is gone: somebody removed it.");
});

test("without live updates the page of a deployment asks by itself", async () => {
  const { page } = here;
  await seed(server, "quiet", { set: { A: "0" } });
  // As from a proxy that lets no stream through.
  await intercept(page, /\/events$/u, async (route) => await route.fulfill({ status: 503 }));
  await page.goto(`${server.url}/apps/shop/quiet/deployments`);
  await page.getByText("Nothing was deployed yet.").waitFor();
  await page.getByText("Live updates are lost").waitFor();
  await deploy(server, pathOf("quiet"));
  await page.clock.fastForward(16_000);
  await page.getByRole("link", { name: "1", exact: true }).waitFor();
  expect(await page.getByText("Nothing was deployed yet.").count()).toBe(0);
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("an undo that fails is told with the next step, stays in sight, and can be tried again", async () => {
  await ask(server, "POST /apps", { body: { name: "brief", title: "Brief" } });
  await ask(server, "POST /apps/brief/environments", { body: { name: "dev", connection: "here", kind: "sandbox" } });
  const { page, complaints } = here;
  await page.goto(`${server.url}/apps/brief/dev/settings`);
  const notices = page.getByRole("region", { name: "Notices" });
  const undo = notices.getByRole("button", { name: "Undo" });
  await page.getByLabel("Deploy by itself after each save").check();
  await page.getByRole("button", { name: "Save settings" }).click();
  await notices.getByText("The settings are saved").waitFor();
  await ask(server, "DELETE /apps/brief/environments/dev", { body: {} });
  await undo.click();
  const { detail, next } = (await ask(server, "GET /apps/brief/environments/dev")).body;
  const told = notices.getByText(`Not undone: ${detail} ${next}`.replaceAll("`", ""));
  await told.waitFor();
  await page.clock.fastForward(60_000);
  expect(await told.count()).toBe(1);
  await notices.getByRole("button", { name: "Dismiss" }).click();

  await page.goto(`${server.url}/apps/brief`);
  await page.getByRole("button", { name: "brief: more" }).click();
  await page.getByRole("menuitem", { name: "Change the title" }).click();
  await page.getByLabel("Title", { exact: true }).fill("Shop");
  await page.keyboard.press("Enter");
  await notices.getByText('The title is "Shop".').waitFor();
  let isRefused = true;
  await intercept(page, /\/apps\/brief$/u, async (route) => {
    if (route.request().method() !== "PATCH" || !isRefused) await route.continue();
    else {
      isRefused = false;
      await route.abort();
    }
  });
  await undo.click();
  await notices.getByText("Not undone:").waitFor();
  await undo.click();
  await page.getByText("Brief", { exact: true }).waitFor();
  await page.unrouteAll({ behavior: "ignoreErrors" });
  // The browser complains of the requests that were cut off here and of the stream that was.
  expect(complaints.filter((text) => !/ERR_FAILED|503/u.test(text))).toEqual([]);
});
