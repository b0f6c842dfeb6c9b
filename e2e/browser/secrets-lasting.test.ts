import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, intercept, openBrowser } from "../harness/browser.ts";
import { startParameterStore, type ParameterStore } from "../harness/parameter-store.ts";
import { openSecretsPage, valuesOf, type SecretsPage } from "../harness/secrets-page.ts";
import { ask, makeHome, startServer, type Home, type TestServer } from "../harness/server.ts";

/** Saves that take seconds: Parameter Store takes 20 puts at once and then three a second. */
const keys = 44;
let emulator: ParameterStore;
let home: Home;
let server: TestServer;
let browser: Browser;
let here: SecretsPage;

beforeAll(async () => {
  emulator = await startParameterStore({ throttle: true, bursts: { put: 20 } }, "memory");
  home = await makeHome();
  const env = { AWS_ENDPOINT_URL_SSM: emulator.url, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
  server = await startServer({ ...home, env });
  browser = await openBrowser();
  const store = { kind: "aws-ssm", settings: { region: "eu-west-1" } };
  await ask(server, "POST /apps", { body: { name: "shop" } });
  await ask(server, "POST /connections", { body: { name: "cloud", cluster: { kind: "process" }, store } });
  await ask(server, "POST /apps/shop/environments", { body: { name: "dev", connection: "cloud", kind: "sandbox" } });
  here = await openSecretsPage(browser, server, { first: true });
});
afterAll(async () => {
  await browser.close();
  await server.stop();
  await home.remove();
  emulator.stop();
});

test("a save that the store refuses is sent again from the same review, when the store takes it", async () => {
  const { page, open, add, dialog, complaints } = here;
  await open("dev");
  await add("FIRST", "1");
  await page.getByRole("button", { name: "Review" }).click();
  const save = dialog().getByRole("button", { name: "Save", exact: true });
  await emulator.faults([{ action: "PutParameter", do: "error", type: "AccessDeniedException", status: 400 }]);
  await save.click();
  await dialog().getByRole("alert").getByText("AccessDenied").waitFor();
  await expectAccessible(page, "save-refused");
  await save.click();
  await page.getByText("Saved as revision 1, verified.").first().waitFor();
  expect(await valuesOf(server, "dev")).toEqual({ FIRST: "1" });
  // The browser's own word for the refusal, and nothing else.
  expect(complaints.splice(0)).toEqual([expect.stringContaining("502 (Bad Gateway)")]);
});

test("a save of which nobody knows the end is sent again from the same review, and is saved once", async () => {
  const { page, open, change, dialog, complaints } = here;
  await open("dev");
  await change("FIRST", "2");
  await page.getByRole("button", { name: "Review" }).click();
  const save = dialog().getByRole("button", { name: "Save", exact: true });
  // Its record never arrives.
  await emulator.faults([{ action: "PutParameter", name: "/000002", do: "drop-before", times: 1_000_000 }]);
  await save.click();
  await dialog().getByRole("alert").getByText("It was cut off in the middle").waitFor({ timeout: 60_000 });
  await emulator.faults([]);
  await save.click();
  await page.getByText("Saved as revision 2, verified.").first().waitFor();
  expect(await valuesOf(server, "dev")).toEqual({ FIRST: "2" });
  expect(complaints).toEqual([]);
});

test("the review says how many of how many are written and the seconds left; Stop saves nothing", async () => {
  const { page, open, dialog, complaints } = here;
  await open("dev");
  await page.getByRole("button", { name: "Paste .env" }).first().click();
  const lines = Array.from({ length: keys }, (_, i) => `KEY_${i}=value of ${i}`);
  await dialog().getByLabel(/^Text/u).fill(lines.join("\n"));
  await dialog()
    .getByRole("button", { name: `Make ${keys} drafts` })
    .click();
  const review = async (): Promise<void> => {
    await page.getByRole("button", { name: /^Review/u }).click();
    await dialog().getByRole("button", { name: "Save", exact: true }).click();
  };
  const before = await valuesOf(server, "dev");
  const status = dialog().getByRole("status");
  const told = status.filter({ hasText: new RegExp(`^Saving: \\d+ of ${keys} written, about \\d+ s left$`, "u") });

  await review();
  await told.waitFor();
  // 26 calls do not leave at once, at three a second: that is known from the beginning.
  expect(Number(/about (\d+) s/u.exec((await told.textContent()) ?? "")?.[1])).toBeGreaterThanOrEqual(5);
  await dialog().getByRole("button", { name: "Stop" }).click();
  await dialog().getByText("It was cancelled before it was done.").waitFor();
  expect(await valuesOf(server, "dev")).toEqual(before);

  // Whoever stopped it may go on from where they are.
  await dialog().getByRole("button", { name: "Save", exact: true }).click();
  await told.waitFor();
  await expectAccessible(page, "saving");
  await page.getByText("Saved as revision 3, verified.").first().waitFor({ timeout: 40_000 });
  expect(Object.keys(await valuesOf(server, "dev"))).toHaveLength(keys + 1);
  expect(complaints).toEqual([]);
});

test("a save whose answer is lost is followed by pressing Save again, and is one save", async () => {
  const { page, open, dialog, complaints } = here;
  await open("dev");
  await page.getByRole("button", { name: "Paste .env" }).first().click();
  const lines = Array.from({ length: keys }, (_, i) => `MORE_${i}=value of ${i}`);
  await dialog().getByLabel(/^Text/u).fill(lines.join("\n"));
  await dialog()
    .getByRole("button", { name: `Make ${keys} drafts` })
    .click();
  await page.getByRole("button", { name: /^Review/u }).click();
  const { actions: before } = await emulator.log();
  let asked = 0;
  await intercept(page, /\/secrets$/u, async (route) => {
    if (route.request().method() !== "PATCH") await route.continue();
    else if (++asked > 1) await route.continue();
    else {
      await route.fetch();
      await route.abort("connectionreset");
    }
  });
  const save = dialog().getByRole("button", { name: "Save", exact: true });
  await save.click();
  await dialog().getByRole("alert").waitFor();
  await save.click();
  await dialog()
    .getByRole("status")
    .filter({ hasText: new RegExp(`^Saving: \\d+ of ${keys} written`, "u") })
    .waitFor();
  await page.getByText("Saved as revision 4, verified.").first().waitFor({ timeout: 40_000 });
  await page.unroute(/\/secrets$/u);
  const { actions } = await emulator.log();
  expect(asked).toBe(2);
  expect(actions.PutParameter.ok - before.PutParameter.ok).toBe(keys + 1);
  expect(complaints.splice(0)).toEqual([expect.stringContaining("ERR_CONNECTION_RESET")]);
});
