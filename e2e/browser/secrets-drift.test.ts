import type { Browser, Locator } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, expectToStay, holdBack, intercept, openBrowser } from "../harness/browser.ts";
import { otherProgram, startParameterStore, type ParameterStore } from "../harness/parameter-store.ts";
import { openSecretsPage, pathOf, valuesOf, type SecretsPage } from "../harness/secrets-page.ts";
import {
  ask,
  askToTheEnd,
  makeConnections,
  makeHome,
  startServer,
  type Home,
  type TestServer,
} from "../harness/server.ts";

const region = "eu-west-1";
const prefix = `browser-drift-${process.pid}`;
let emulator: ParameterStore;
let home: Home;
let server: TestServer;
let browser: Browser;
let secrets: SecretsPage;

beforeAll(async () => {
  emulator = await startParameterStore();
  home = await makeHome();
  server = await startServer({ ...home, env: emulator.env });
  browser = await openBrowser();
  await ask(server, "POST /apps", { body: { name: "shop" } });
  await makeConnections(server, {
    eu: { kind: "aws-ssm", settings: { region, prefix } },
    here: { kind: "local", settings: {} },
  });
  for (const connection of ["eu", "here"]) {
    const body = { name: `on-${connection}`, connection, kind: "sandbox" };
    await ask(server, "POST /apps/shop/environments", { body });
    const set = { HOST: "a.example.com", PORT: "1", TOKEN: "only-the-store-has-it" };
    await askToTheEnd(server, `PATCH ${pathOf(`on-${connection}`)}/secrets`, { ifMatch: 0, body: { set } });
  }
  secrets = await openSecretsPage(browser, server, { first: true });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await home?.remove();
  emulator?.stop();
});

const openDrift = async () => {
  const { page } = secrets;
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Changes by others" }).click();
  return page.getByRole("dialog", { name: "Changes by others" });
};

test("what others did in the store is seen with who and when, adopted, and put back", async () => {
  const { page } = secrets;
  const others = otherProgram(emulator, region);
  const at = (key: string): string => `/${prefix}/shop/on-eu/${key}`;
  await secrets.open("on-eu");
  const dialog = await openDrift();
  await dialog.getByText("All that revision 1 saved is in AWS Systems Manager Parameter Store").waitFor();
  await dialog.getByRole("button", { name: "Close" }).last().click();

  await others.put(at("HOST"), "somebody-elses-value");
  await others.put(at("TOKEN"), "somebody-elses-value");
  await others.put(at("EXTRA"), "somebody-elses-value");
  await others.put(at("LD_PRELOAD"), "somebody-elses-value");
  await others.remove(at("PORT"));
  const answers: string[] = [];
  page.on("response", (response) => {
    if (response.url().includes("/api/"))
      void response.text().then(
        (text) => answers.push(text),
        () => undefined,
      );
  });
  await openDrift();
  await dialog.getByText("5 keys in AWS Systems Manager Parameter Store are not as revision 1 saved them").waitFor();
  expect(await dialog.getByText("user/somebody-else").count()).toBe(4);
  await expectAccessible(page, "secrets-drift");
  const press = async (name: string) => await dialog.getByRole("button", { name }).click();
  expect(await dialog.getByRole("button", { name: "Adopt", exact: true }).getAttribute("aria-disabled")).toBe("true");
  await dialog.getByLabel("Take HOST").check();
  await dialog.getByLabel("Take PORT").check();
  // Nothing is left of PORT that could be put back.
  expect(await dialog.getByRole("button", { name: "Overwrite 2 keys" }).getAttribute("title")).toContain("PORT");
  await dialog.getByLabel("Take PORT").uncheck();
  await press("Overwrite 1 key");
  await page.getByText("Put back: 1 key, as revision 2.").first().waitFor();
  await dialog.getByText("4 keys in AWS Systems Manager Parameter Store are not as revision 2").waitFor();
  expect(await others.get(at("HOST"))).toBe("a.example.com");
  await dialog.getByLabel("Take LD_PRELOAD").check();
  expect(await dialog.getByRole("button", { name: "Adopt 1 key" }).getAttribute("title")).toContain("are meant");
  await dialog.getByLabel("and are meant: LD_PRELOAD").check();
  for (const key of ["EXTRA", "PORT", "TOKEN"]) await dialog.getByLabel(`Take ${key}`).check();
  const letGo = await holdBack(page, /\/drift$/u, (request) => request.method() === "POST");
  await press("Adopt 4 keys");
  // What is under way would end unseen.
  await expectToStay(page, dialog);
  letGo();
  await page.getByText("Adopted: 4 keys, as revision 3.").first().waitFor();
  await dialog.waitFor({ state: "detached" });
  await secrets.row("EXTRA").waitFor();
  expect(await valuesOf(server, "on-eu")).toEqual({
    HOST: "a.example.com",
    TOKEN: "somebody-elses-value",
    EXTRA: "somebody-elses-value",
    LD_PRELOAD: "somebody-elses-value",
  });
  expect(answers.length).toBeGreaterThan(2);
  expect(answers.join("\n")).not.toMatch(/somebody-elses-value|only-the-store/u);
  expect(secrets.complaints).toEqual([]);
});

/** Another program has put a value, and it is chosen to be taken, at this newest revision. */
const chooseTheirs = async (value: string): Promise<{ readonly dialog: Locator; readonly revision: number }> => {
  await secrets.open("on-eu");
  await otherProgram(emulator, region).put(`/${prefix}/shop/on-eu/HOST`, value);
  const dialog = await openDrift();
  await dialog.getByLabel("Take HOST").check();
  const { revision } = (await ask(server, `GET ${pathOf("on-eu")}/secrets`)).body;
  return { dialog, revision };
};

test("somebody saves while one decides: nothing is done, and the list is looked at again", async () => {
  const { page } = secrets;
  const { dialog, revision } = await chooseTheirs("theirs again");
  // The page does not hear of the save before its own request is refused.
  const asked = page.waitForRequest((one) => one.method() === "POST" && one.url().endsWith("/drift"));
  await intercept(page, /\/drift$/u, async (route) => {
    if (route.request().method() === "GET") await asked;
    await route.continue();
  });
  await askToTheEnd(server, `PATCH ${pathOf("on-eu")}/secrets`, { ifMatch: revision, body: { set: { NEXT: "1" } } });
  await dialog.getByRole("button", { name: "Adopt 1 key" }).click();
  await dialog.getByText("Somebody saved meanwhile").waitFor();
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await dialog.getByText(`not as revision ${revision + 1} saved`).waitFor();
  await dialog.getByRole("button", { name: "Adopt 1 key" }).click();
  await dialog.waitFor({ state: "detached" });
  expect((await valuesOf(server, "on-eu"))["HOST"]).toBe("theirs again");
  expect(page.url()).toContain("/vars/secrets");
});

test("what arrives while one decides is said, and nothing is decided before the list was looked at again", async () => {
  const { page } = secrets;
  const { dialog, revision } = await chooseTheirs("theirs once more");
  await askToTheEnd(server, `PATCH ${pathOf("on-eu")}/secrets`, { ifMatch: revision, body: { set: { NEXT: "2" } } });
  await dialog
    .getByText(`Somebody saved meanwhile: the newest revision is ${revision + 1}, not ${revision}.`)
    .waitFor();
  await expectAccessible(page, "secrets-drift-behind");
  const adopt = dialog.getByRole("button", { name: "Adopt 1 key" });
  expect(await adopt.getAttribute("title")).toContain("look again first");
  await dialog.getByRole("button", { name: "Look again" }).click();
  await dialog.getByText("Somebody saved meanwhile").waitFor({ state: "detached" });
  expect(await dialog.getByLabel("Take HOST").isChecked()).toBe(true);
  await adopt.click();
  await page
    .getByText(`Adopted: 1 key, as revision ${revision + 2}.`)
    .first()
    .waitFor();
  await dialog.waitFor({ state: "detached" });
  expect((await valuesOf(server, "on-eu"))["HOST"]).toBe("theirs once more");
  expect(secrets.complaints).toEqual([]);
});

test("where nobody else can write, there is no such door", async () => {
  const { page } = secrets;
  await secrets.open("on-here");
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "History" }).waitFor();
  expect(await page.getByRole("menuitem", { name: "Changes by others" }).count()).toBe(0);
});
