import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, expectToStay, holdBack, openBrowser, postsOf } from "../harness/browser.ts";
import { startParameterStore, type ParameterStore } from "../harness/parameter-store.ts";
import { openSecretsPage, pathOf, valuesOf, type SecretsPage } from "../harness/secrets-page.ts";
import { ask, makeHome, startServer, until, type Home, type TestServer } from "../harness/server.ts";

let emulator: ParameterStore;
let home: Home;
let server: TestServer;
let browser: Browser;
let secrets: SecretsPage;

beforeAll(async () => {
  emulator = await startParameterStore();
  home = await makeHome();
  server = await startServer({
    ...home,
    env: emulator.env,
  });
  browser = await openBrowser();
  await ask(server, "POST /apps", { body: { name: "shop" } });
  const eu = { kind: "aws-ssm", settings: { region: "eu-west-1", prefix: `browser-move-${process.pid}` } };
  for (const [name, store] of Object.entries({ eu, here: { kind: "local", settings: {} } }))
    await ask(server, "POST /connections", { body: { name, cluster: { kind: "process" }, store } });
  for (const kind of ["sandbox", "production"]) {
    await ask(server, "POST /apps/shop/environments", { body: { name: `a-${kind}`, connection: "here", kind } });
    const body = { set: { DATABASE_URL: "postgres://db", LOG_LEVEL: "info" } };
    await ask(server, `PATCH ${pathOf(`a-${kind}`)}/secrets`, { ifMatch: 0, body });
  }
  secrets = await openSecretsPage(browser, server, { first: true });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await home?.remove();
  emulator?.stop();
});

const openSettings = async (env: string): Promise<void> => {
  await secrets.page.goto(`${server.url}/apps/shop/${env}/settings`);
  await secrets.page.getByRole("heading", { name: "Where the values are" }).waitFor();
};
const view = async (env: string) => (await ask(server, `GET ${pathOf(env)}`)).body.environment;

test("to another store, back, there again, and the old copy is dropped by typing the name", async () => {
  const { page, dialog } = secrets;
  const env = "a-sandbox";
  await openSettings(env);
  await page.getByRole("button", { name: "Move to another store" }).click();
  await expectAccessible(page, "move-store");
  await dialog().getByLabel("Connection").selectOption("eu");
  await dialog().getByLabel("Newest revisions").fill("0");
  expect(await dialog().getByRole("button", { name: "Move", exact: true }).isDisabled()).toBe(true);
  await dialog().getByLabel("Newest revisions").fill("1");
  await dialog().getByRole("button", { name: "Move", exact: true }).click();
  await dialog().waitFor({ state: "detached" });
  await page.getByText("AWS Systems Manager Parameter Store, of connection eu.").waitFor();
  await page.getByText("The last move left a copy in here").waitFor();
  await expectAccessible(page, "settings-moved");
  expect(await valuesOf(server, env)).toEqual({ DATABASE_URL: "postgres://db", LOG_LEVEL: "info" });

  await page.getByRole("button", { name: "Switch back" }).click();
  await dialog().getByRole("button", { name: "Switch back" }).click();
  await page.getByText("of connection here.").waitFor();
  await page.getByRole("button", { name: "Switch back" }).click();
  // Pressed again while it is at work, it would switch forth.
  const sent = postsOf(page);
  const letGo = await holdBack(page, /\/store\/back$/u);
  const back = dialog().getByRole("button", { name: "Switch back" });
  await back.click();
  await expect.poll(() => sent.length).toBe(1);
  await dialog()
    .locator("form")
    .evaluate((form: HTMLFormElement) => form.requestSubmit());
  expect(await back.getAttribute("aria-disabled")).toBe("true");
  await expectToStay(page, dialog());
  letGo();
  await page.getByText("of connection eu.").waitFor();
  expect(sent.length).toBe(1);

  await page.getByRole("button", { name: "Drop the old copy" }).click();
  const asked = page.getByRole("alertdialog");
  expect(await asked.getByRole("button", { name: "Drop the old copy" }).isDisabled()).toBe(true);
  await asked.getByLabel(`Type ${env}`).fill(env);
  await expectAccessible(page, "drop-old-copy");
  await asked.getByRole("button", { name: "Drop the old copy" }).click();
  await asked.waitFor({ state: "detached" });
  expect(await view(env)).toMatchObject({ connection: "eu", movedFrom: null });
  await page.getByText("The last move left a copy").waitFor({ state: "detached" });
  expect(secrets.complaints).toEqual([]);
});

test("production asks for a reason first; a refusal stays in the dialog; a save in between closes the way back", async () => {
  const { page, dialog } = secrets;
  const env = "a-production";
  await openSettings(env);
  await emulator.config({ deny: [{ action: "PutParameter", prefix: "/" }] });
  await page.getByRole("button", { name: "Move to another store" }).click();
  const give = async (): Promise<void> => {
    await page.getByLabel("Connection").selectOption("eu");
    await page.getByRole("button", { name: "Move", exact: true }).click();
    const door = page.getByRole("dialog", { name: "Move the values" });
    await door.getByLabel("Reason").fill("out of the database");
    await door.getByRole("button", { name: "Move", exact: true }).click();
  };
  await give();
  await page.getByText("AWS refused PutParameter").waitFor();
  expect(await view(env)).toMatchObject({ connection: "here", moving: false });
  await emulator.config({ deny: [] });
  await give();
  await page.getByText("of connection eu.").waitFor();
  const said = (await ask(server, "GET /audit?action=environments.moveStore&limit=1")).body.items;
  expect(said[0].details).toMatchObject({ from: "here", to: "eu", reason: "out of the database" });
  const at = pathOf(env);
  await ask(server, `PATCH ${at}/secrets`, { ifMatch: 1, body: { set: { LOG_LEVEL: "debug" } } });
  await until(
    async () => (await ask(server, `GET ${at}/secrets`)).body.revision,
    (revision) => revision === 2,
  );
  await openSettings(env);
  expect(await page.getByRole("button", { name: "Switch back" }).isDisabled()).toBe(true);
  expect(await dialog().count()).toBe(0);
});

test("a drop that fails has begun: there is no way back, and the page offers none", async () => {
  const { page } = secrets;
  const env = "a-sandbox";
  await ask(server, `POST ${pathOf(env)}/store/move`, { body: { connection: "here" } });
  await until(
    async () => await view(env),
    ({ connection, moving }) => connection === "here" && moving === false,
  );
  await openSettings(env);
  await page.getByRole("button", { name: "Switch back" }).waitFor();
  await emulator.config({ deny: [{ action: "DeleteParameters", prefix: "/" }] });
  await page.getByRole("button", { name: "Drop the old copy" }).click();
  const asked = page.getByRole("alertdialog");
  await asked.getByLabel(`Type ${env}`).fill(env);
  await asked.getByRole("button", { name: "Drop the old copy" }).click();
  await asked.getByText("AWS refused DeleteParameters").waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("The old copy in eu (AWS Systems Manager Parameter Store) is being dropped.").waitFor();
  expect(await page.getByRole("button", { name: "Switch back" }).count()).toBe(0);
  await expectAccessible(page, "settings-dropping");
  await emulator.config({ deny: [] });
  await page.getByRole("button", { name: "Drop the old copy" }).click();
  await asked.getByLabel(`Type ${env}`).fill(env);
  await asked.getByRole("button", { name: "Drop the old copy" }).click();
  await page.getByText("is being dropped").waitFor({ state: "detached" });
  expect(await view(env)).toMatchObject({ connection: "here", movedFrom: null });
});
