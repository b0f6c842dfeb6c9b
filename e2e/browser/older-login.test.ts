import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ada, expectAccessible, openBrowser, openSignedIn, setUp } from "../harness/browser.ts";
import { alter } from "../harness/person.ts";
import { ask, makeHome, makeProcessEnvironment, startServer, type Home, type TestServer } from "../harness/server.ts";

let home: Home;
let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  await setUp(server);
  await makeProcessEnvironment(server);
  browser = await openBrowser();
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  await home.remove();
});

test("an older login gives the password again: for a token, for the command line, for a copy of production", async () => {
  const { page } = await openSignedIn(browser, server, "/access");
  await page.getByRole("rowheader", { name: ada.name }).waitFor();
  const { host } = new URL(server.url);
  await server.stop();
  await alter(home, `update sessions set created_at = created_at - ${16 * 60_000}`);
  server = await startServer({ ...home, env: { KEYROLL_LISTEN: host } });
  await page.getByRole("button", { name: "New token" }).click();
  await page.getByLabel("Name", { exact: true }).fill("later");
  await page.keyboard.press("Enter");
  const again = page.getByLabel("Password", { exact: true });
  await again.waitFor();
  expect(await again.evaluate((field) => field === document.activeElement)).toBe(true);
  await expectAccessible(page, "token-password");
  await again.fill("not this one, sorry");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("The password is not right").waitFor();
  await again.fill(ada.password);
  await page.keyboard.press("Enter");
  await page.getByText("This is the only time it is shown.").waitFor();

  await server.stop();
  await alter(home, `update sessions set created_at = created_at - ${16 * 60_000}`);
  server = await startServer({ ...home, env: { KEYROLL_LISTEN: host } });
  const { userCode } = (await ask(server, "POST /device", { body: { client: "cli" }, token: null })).body;
  await page.goto(`${server.url}/device?code=${userCode}`);
  await page.getByRole("button", { name: "Allow" }).click();
  await again.waitFor();
  await expectAccessible(page, "device-password");
  await again.fill(ada.password);
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByRole("heading", { name: "Signed in" }).waitFor();

  await ask(server, "POST /apps", { body: { name: "other" } });
  const live = { name: "live", connection: "here", kind: "production" };
  await ask(server, "POST /apps/other/environments", { body: live });
  await ask(server, "PATCH /apps/other/environments/live/secrets", { ifMatch: 0, body: { set: { A: "1" } } });
  await server.stop();
  await alter(home, `update sessions set created_at = created_at - ${16 * 60_000}`);
  server = await startServer({ ...home, env: { KEYROLL_LISTEN: host } });
  await page.goto(`${server.url}/apps/other`);
  await page.getByRole("button", { name: "New environment" }).click();
  await page.getByLabel("Name", { exact: true }).fill("copied");
  await page.getByLabel("Copy secrets from").selectOption("live");
  await page.getByLabel("Reason").fill("a copy to try with");
  await page.getByRole("button", { name: "Make it" }).click();
  await again.waitFor();
  await expectAccessible(page, "copy-password");
  await again.fill(ada.password);
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("heading", { name: "copied" }).waitFor();
  const { secrets } = (await ask(server, "GET /apps/other/environments/copied/secrets")).body;
  expect(secrets.map(({ key }: any) => key)).toEqual(["A"]);
});
