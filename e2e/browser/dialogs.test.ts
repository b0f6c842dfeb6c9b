import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectToStay, intercept, openBrowser } from "../harness/browser.ts";
import { makeEnvironments, openSecretsPage, seed, type SecretsPage } from "../harness/secrets-page.ts";
import { ask, makeHome, startServer, type Home, type TestServer } from "../harness/server.ts";

// A dialog that is at work stays until it is known how that ended: whoever closed it would never learn that it failed.

let home: Home;
let server: TestServer;
let browser: Browser;
let secrets: SecretsPage;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  browser = await openBrowser();
  await makeEnvironments(server, ["dev", "other", "production"]);
  await ask(server, "POST /connections", { body: { name: "spare", cluster: { kind: "process" } } });
  await seed(server, "dev", { set: { A: "1" } });
  await seed(server, "dev", { set: { A: "2" } }, 1);
  await seed(server, "other", { set: { B: "1" } });
  await seed(server, "production", { set: { C: "1" } });
  secrets = await openSecretsPage(browser, server, { first: true });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await home?.remove();
});

const more = async (page: Page, item: string): Promise<void> => {
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: item }).click();
};

interface Case {
  readonly path: string;
  readonly fillIn: (page: Page) => Promise<void>;
  readonly action: string;
}

const cases: Record<string, Case> = {
  "what asks first": {
    path: "/connections/spare",
    fillIn: async (page) => {
      await page.getByRole("button", { name: "Remove" }).click();
      await page.getByLabel("Type spare to confirm").fill("spare");
    },
    action: "Remove spare",
  },
  "the history": {
    path: "/apps/shop/dev/vars/secrets?open=history",
    fillIn: async (page) => {
      await page.getByRole("button", { name: "Restore revision 1" }).click();
      await page.getByText("A gets its value of then").waitFor();
    },
    action: "Restore 1",
  },
  "a copy": {
    path: "/apps/shop/dev/vars/secrets",
    fillIn: async (page) => {
      await more(page, "Copy from another environment");
      await page.getByLabel("Environment", { exact: true }).selectOption("other");
      await page.getByRole("checkbox", { name: /^B/u }).waitFor();
    },
    action: "Copy 1 key",
  },
  "a door": {
    path: "/apps/shop/production/vars/secrets",
    fillIn: async (page) => {
      await page.getByRole("button", { name: "Reveal C" }).click();
      await page.getByLabel("Reason").fill("the pager rang");
    },
    action: "Reveal",
  },
  "an export": {
    path: "/apps/shop/dev/vars/secrets",
    fillIn: async (page) => await more(page, "Export"),
    action: "Export",
  },
  "a deployment": {
    path: "/apps/shop/dev/vars/secrets",
    fillIn: async (page) => {
      await page.getByRole("button", { name: "Deploy 2" }).click();
      const deploy = page.locator("dialog").getByRole("button", { name: "Deploy 2" });
      await expect.poll(async () => await deploy.getAttribute("aria-disabled")).toBe(null);
    },
    action: "Deploy 2",
  },
  "a new app": {
    path: "/?new=app",
    fillIn: async (page) => await page.getByLabel("Name", { exact: true }).fill("cart"),
    action: "Make it",
  },
};

test.for(Object.entries(cases))(
  "%s: nothing closes it while it is at work, and a refusal is told",
  async ([, given]) => {
    const { page } = secrets;
    await page.goto(`${server.url}${given.path}`);
    await given.fillIn(page);
    const dialog = page.locator("dialog[open]");
    const answered = Promise.withResolvers<void>();
    await intercept(page, /\/api\/v1\//u, async (route) => {
      if (route.request().method() === "GET" || route.request().url().endsWith("/preflight")) {
        await route.continue();
        return;
      }
      await answered.promise;
      const said = { code: "in_use", detail: "It was refused.", next: "Ask why." };
      const body = JSON.stringify({
        type: "https://keyroll.dev/errors/in_use",
        title: "refused",
        status: 409,
        ...said,
      });
      await route.fulfill({ status: 409, contentType: "application/problem+json", body });
    });
    await dialog.getByRole("button", { name: given.action, exact: true }).click();
    await expectToStay(page, dialog);
    answered.resolve();
    await page
      .getByText(/It was refused\.[^]*Ask why\./u)
      .first()
      .waitFor();
    await page.unrouteAll({ behavior: "ignoreErrors" });
    // It can be left again.
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(secrets.complaints).toEqual([]);
  },
);
