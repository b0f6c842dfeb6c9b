import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, holdBack, openBrowser, openSignedIn, setUp } from "../harness/browser.ts";
import { ask, makeHome, makeProcessEnvironment, startServer, type Home, type TestServer } from "../harness/server.ts";

let home: Home;
let server: TestServer;
let browser: Browser;
const names = ["dev", "two", "three"];
const at = (name: string): string => `/apps/shop/environments/${name}`;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  await setUp(server);
  await makeProcessEnvironment(server);
  for (const name of names.slice(1))
    await ask(server, "POST /apps/shop/environments", { body: { name, connection: "here", kind: "sandbox" } });
  for (const name of names)
    await ask(server, `PATCH ${at(name)}/secrets`, { ifMatch: 0, body: { set: { SMTP_PASSWORD: name, OTHER: "x" } } });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await server.stop();
  await home.remove();
});

const valueIn = async (name: string): Promise<unknown> =>
  (await ask(server, `POST ${at(name)}/bundle`, { body: { of: "saved" } })).body.values.SMTP_PASSWORD;

test("a key is found in every environment and set in the chosen ones, each with its own outcome", async () => {
  const canary = "canary-4kW9-shared";
  const { page, complaints } = await openSignedIn(browser, server, "/find?q=smtp");
  await page.getByRole("row").filter({ hasText: "shop / three" }).waitFor();
  await expectAccessible(page, "find");
  for (const name of ["dev", "two"]) await page.getByLabel(`choose SMTP_PASSWORD of shop / ${name}`).check();
  // One of them is taken away meanwhile.
  await ask(server, `DELETE ${at("two")}`, { body: { destroySecrets: "two" } });
  await page.getByRole("button", { name: "Set these 2 to one value" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Value", { exact: true }).fill(canary);
  await dialog.getByLabel("Message").fill("rotated together");
  await expectAccessible(page, "set-many");
  await dialog.getByRole("button", { name: "Save in 2" }).click();
  await dialog.getByRole("listitem").filter({ hasText: "shop / dev" }).getByText("saved as 2, not deployed").waitFor();
  await dialog.getByRole("listitem").filter({ hasText: "shop / two" }).getByText("not saved").waitFor();
  await expectAccessible(page, "set-many-outcomes");
  expect([await valueIn("dev"), await valueIn("three")]).toEqual([canary, "three"]);

  await ask(server, "POST /apps/shop/environments", { body: { name: "two", connection: "here", kind: "sandbox" } });
  await dialog.getByRole("button", { name: "Try the other 1 again" }).click();
  await dialog.getByRole("listitem").filter({ hasText: "shop / two" }).getByText("saved as 1, not deployed").waitFor();
  await dialog.getByRole("button", { name: "Close" }).first().click();
  await page.getByRole("row").filter({ hasText: "shop / two" }).getByText("saved, never deployed").waitFor();
  expect(await valueIn("two")).toBe(canary);
  expect(await page.content()).not.toContain(canary);
  expect(complaints).toEqual([]);
});

test("several lines that are pasted stay several, and what is under way is stopped, not only hidden", async () => {
  const { page, complaints } = await openSignedIn(browser, server, "/find?q=other");
  for (const name of ["dev", "three"]) await page.getByLabel(`choose OTHER of shop / ${name}`).check();
  await page.getByRole("button", { name: "Set these 2 to one value" }).click();
  const dialog = page.getByRole("dialog");
  const pem = "-----BEGIN KEY-----\r\nabc\r\n-----END KEY-----\r\n";
  await dialog.getByLabel("Value", { exact: true }).evaluate((field, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, pem);
  expect(await dialog.getByLabel("Several lines").isChecked()).toBe(true);
  await expect.poll(async () => await page.evaluate(() => document.activeElement?.tagName)).toBe("TEXTAREA");
  const letGo = await holdBack(page, /\/secrets$/u, (request) => request.method() === "PATCH");
  await dialog.getByRole("button", { name: "Save in 2" }).click();
  await dialog.getByText("saving…").waitFor();
  await page.keyboard.press("Escape");
  await dialog.getByRole("button", { name: "Stop after this one" }).click();
  await expectAccessible(page, "set-many-stopping");
  letGo();
  await dialog.getByRole("button", { name: "Try the other 1 again" }).waitFor();
  const values = await Promise.all(
    ["dev", "three"].map(async (name) => {
      const { body } = await ask(server, `POST ${at(name)}/bundle`, { body: { of: "saved" } });
      return body.values.OTHER;
    }),
  );
  expect(values).toEqual([pem, "x"]);
  expect(complaints).toEqual([]);
});

test.for([
  ["/find", "Key", "q"],
  ["/audit", "Actor", "actor"],
] as const)("on %s every letter counts, however quickly one follows the other", async ([path, label, name]) => {
  const { page, complaints } = await openSignedIn(browser, server, path);
  const field = page.getByLabel(label, { exact: true });
  await field.focus();
  // All in one go: nothing is drawn between two of them.
  await page.evaluate(() => {
    for (const letter of "smtp") document.execCommand("insertText", false, letter);
  });
  await expect.poll(() => new URL(page.url()).search).toBe(`?${name}=smtp`);
  expect(await field.inputValue()).toBe("smtp");
  expect(complaints).toEqual([]);
});

test("what is compared stands in the address: one more, another one, one less", async () => {
  const { page, complaints } = await openSignedIn(browser, server, "/compare");
  const of = (): string | null => new URL(page.url()).searchParams.get("of");
  const first = page.getByLabel("Environment", { exact: true });
  const other = page.getByLabel("with", { exact: true });
  await first.selectOption("shop/dev");
  await other.selectOption("shop/two");
  await expect.poll(of).toBe("shop/dev,shop/two");
  await other.first().selectOption("shop/three");
  await expect.poll(of).toBe("shop/dev,shop/three");
  await first.selectOption("");
  await expect.poll(of).toBe("shop/three");
  await first.selectOption("");
  await expect.poll(of).toBe(null);
  expect(complaints).toEqual([]);
});
