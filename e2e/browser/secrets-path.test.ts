import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, openBrowser } from "../harness/browser.ts";
import { otherProgram, startParameterStore, type ParameterStore } from "../harness/parameter-store.ts";
import { openSecretsPage, pathOf, valuesOf, type SecretsPage } from "../harness/secrets-page.ts";
import { ask, makeHome, startServer, until, type Home, type TestServer } from "../harness/server.ts";

const region = "eu-west-1";
const path = `/browser-${process.pid}/old`;
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
  const aws = { kind: "aws-ssm", settings: { region, prefix: `browser-${process.pid}/kr` } };
  for (const [name, store] of Object.entries({ eu: aws, here: { kind: "local", settings: {} } })) {
    await ask(server, "POST /connections", { body: { name, cluster: { kind: "process" }, store } });
    const body = { name: `on-${name}`, connection: name, kind: "sandbox" };
    await ask(server, "POST /apps/shop/environments", { body });
  }
  const others = otherProgram(emulator, region);
  await others.put(`${path}/DATABASE_URL`, "postgres://only-the-server-reads-it");
  await others.put(`${path}/LOG_LEVEL`, "info", "String");
  await others.put(`${path}/PATH`, "/opt/bin");
  await others.put(`${path}/HOSTS`, "a,b", "StringList");
  await others.put(`${path}/api-key`, "k");
  await others.put(`${path}/worker/QUEUE`, "q");
  secrets = await openSecretsPage(browser, server, { first: true });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await home?.remove();
  emulator?.stop();
});

test("a path becomes keys: looked at first, saved by the server, and no value comes into the page", async () => {
  const { page } = secrets;
  const at = pathOf("on-eu");
  await ask(server, `PATCH ${at}/secrets`, { ifMatch: 0, body: { set: { LOG_LEVEL: "info", GONE: "x" } } });
  await until(
    async () => (await ask(server, `GET ${at}/secrets`)).body.revision,
    (revision) => revision === 1,
  );
  const answers: string[] = [];
  page.on("response", (response) => {
    if (response.url().includes("/api/"))
      void response.text().then(
        (text) => answers.push(text),
        () => undefined,
      );
  });
  await secrets.open("on-eu");
  await page.getByRole("button", { name: "Paste .env" }).click();
  await secrets.dialog().getByRole("button", { name: "From a path of AWS Parameter Store" }).click();
  const dialog = page.getByRole("dialog", { name: "Import a path of Parameter Store" });
  await dialog.getByLabel("Path", { exact: true }).fill(`${path}/nothing`);
  await page.keyboard.press("Enter");
  await dialog.getByText("No parameter lies directly below").waitFor();
  await dialog.getByLabel("Path", { exact: true }).fill(path);
  await dialog.getByRole("button", { name: "Look" }).click();
  await dialog.getByText("4 new").waitFor();
  await dialog.getByText("1 same").waitFor();
  await dialog.getByText(`1 parameter deeper below ${path} is not taken`).waitFor();
  await dialog.getByText("a StringList: taken as its text").waitFor();
  expect(await dialog.getByRole("button", { name: "Save 4 keys" }).isDisabled()).toBe(true);
  // Another choice is another look.
  await dialog.getByLabel("Take names that no shell").check();
  await dialog.getByRole("button", { name: "Look" }).click();
  await dialog.getByText("the parameter's name is api-key").waitFor();
  await dialog.getByLabel("Replace").check();
  await dialog.getByText("Would be removed: GONE").waitFor();
  await dialog.getByLabel("and are meant: PATH").check();
  await expectAccessible(page, "secrets-path");
  await dialog.getByRole("button", { name: "Save 5 keys" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText(`The parameters of ${path} are saved as revision 2.`).first().waitFor();
  await secrets.row("API_KEY").waitFor();
  expect(await valuesOf(server, "on-eu")).toEqual({
    DATABASE_URL: "postgres://only-the-server-reads-it",
    LOG_LEVEL: "info",
    PATH: "/opt/bin",
    HOSTS: "a,b",
    API_KEY: "k",
  });
  expect(answers.length).toBeGreaterThan(3);
  expect(answers.join("\n")).not.toContain("only-the-server-reads-it");
  expect(secrets.complaints).toEqual([]);
});

test("replacing is planned by the server: it makes room, and what is too much stays too much", async () => {
  const { page } = secrets;
  const many = `/browser-${process.pid}/many`;
  const others = otherProgram(emulator, region);
  for (let i = 0; i < 100; i += 1) await others.put(`${many}/KEY_${i}`, "x");
  await secrets.open("on-eu");
  const openDialog = async () => {
    await page.getByRole("button", { name: "Paste .env" }).click();
    await secrets.dialog().getByRole("button", { name: "From a path of AWS Parameter Store" }).click();
    await secrets.dialog().getByLabel("Path", { exact: true }).fill(many);
    await page.keyboard.press("Enter");
    return secrets.dialog();
  };
  let dialog = await openDialog();
  await dialog.getByText("1 invalid").waitFor();
  expect(await dialog.getByRole("button", { name: "Save 100 keys" }).isDisabled()).toBe(true);
  await dialog.getByLabel("Replace").check();
  await dialog.getByText("Would be removed: API_KEY").waitFor();
  await dialog.getByText("0 invalid").waitFor();
  expect(await dialog.getByRole("button", { name: "Save 105 keys" }).isDisabled()).toBe(false);
  // What others save meanwhile was not looked at: it is not removed.
  const at = pathOf("on-eu");
  await ask(server, `PATCH ${at}/secrets`, { ifMatch: 2, body: { set: { MEANWHILE: "x" } } });
  await until(
    async () => (await ask(server, `GET ${at}/secrets`)).body.revision,
    (revision) => revision === 3,
  );
  await page.locator("tr[data-row=MEANWHILE]").waitFor({ state: "attached" });
  await dialog.getByRole("button", { name: "Save 105 keys" }).click();
  await dialog.getByRole("button", { name: "Look" }).waitFor();
  await dialog.getByRole("alert").getByText("Saved by others since revision 2").first().waitFor();
  await page.keyboard.press("Escape");

  await others.put(`${many}/KEY_100`, "x");
  dialog = await openDialog();
  await dialog.getByLabel("Replace").check();
  await dialog.getByText("Would be removed: API_KEY").waitFor();
  await dialog.getByText("1 invalid").waitFor();
  expect(await dialog.getByRole("button", { name: "Save 107 keys" }).isDisabled()).toBe(true);
  await expectAccessible(page, "secrets-path-too-many");
  expect(await valuesOf(server, "on-eu")).toMatchObject({ MEANWHILE: "x", API_KEY: "k" });
});

test("where the store is not in AWS, there is no such door", async () => {
  const { page } = secrets;
  await page.goto(`${server.url}/apps/shop/on-here/vars/secrets`);
  await page.getByRole("button", { name: "Paste .env" }).click();
  await secrets.dialog().getByLabel("Text").waitFor();
  expect(await secrets.dialog().getByRole("button", { name: "From a path" }).count()).toBe(0);
  expect((await ask(server, `GET ${pathOf("on-here")}/secrets`)).body.revision).toBe(0);
});
