import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, openBrowser } from "../harness/browser.ts";
import {
  makeEnvironments,
  openSecretsPage,
  pathOf,
  seed,
  valuesOf,
  type SecretsPage,
} from "../harness/secrets-page.ts";
import { deploy, makeHome, startServer, until, type Home, type TestServer } from "../harness/server.ts";

let home: Home;
let server: TestServer;
let browser: Browser;
let secrets: SecretsPage;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  browser = await openBrowser();
  await makeEnvironments(server, ["keys", "states"]);
  secrets = await openSecretsPage(browser, server, { first: true });
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  await home.remove();
});

const focused = async (page: Page): Promise<string> => {
  const focus = page.locator(":focus");
  if ((await focus.count()) === 0) return "(nothing)";
  return (await focus.getAttribute("aria-label")) ?? (await focus.textContent()) ?? "";
};

test("the whole journey without a pointer", async () => {
  const { page, row } = secrets;
  const { keyboard } = page;
  await seed(server, "keys", { set: { ALPHA: "1", BETA: "2", GAMMA: "3" } });
  await secrets.open("keys");
  await row("ALPHA").waitFor();
  await secrets.open("keys", "?filter=all");

  await keyboard.press("/");
  expect(await focused(page)).toBe("Filter keys");
  // Letters are letters while one types.
  await keyboard.type("enrb?");
  expect(await page.getByLabel("Filter keys").inputValue()).toBe("enrb?");
  await page.getByText("No key matches the filter.").waitFor();
  await keyboard.press("Escape");
  expect(await page.getByLabel("Filter keys").inputValue()).toBe("");
  await keyboard.press("Escape");

  await keyboard.press("n");
  expect(await focused(page)).toBe("Key");
  await keyboard.type("DELTA");
  await keyboard.press("Tab");
  await keyboard.type("4");
  await keyboard.press("Enter");
  await row("DELTA").waitFor();
  // The focus is where the work was: on the row that was made.
  expect(await focused(page)).toContain("DELTA");

  await keyboard.press("ArrowDown");
  expect(await focused(page)).toBe("ALPHA");
  await keyboard.press("ArrowDown");
  expect(await focused(page)).toBe("BETA");
  await keyboard.press("r");
  await row("BETA").locator(".value-text").getByText("2").waitFor();
  await keyboard.press("r");
  await row("BETA").locator(".value-text").waitFor({ state: "detached" });
  await keyboard.press("e");
  expect(await focused(page)).toBe("Value");
  await keyboard.type("two");
  await keyboard.press("Enter");
  await row("BETA").getByText("draft: changed").waitFor();
  expect(await focused(page)).toBe("BETA");
  await keyboard.press("End");
  expect(await focused(page)).toBe("GAMMA");
  await keyboard.press("Delete");
  await row("GAMMA").getByText("draft: removed").waitFor();
  await keyboard.press("e");
  await keyboard.press("Enter");
  await page.getByRole("region", { name: "Details of GAMMA" }).waitFor();
  await keyboard.press("Escape");
  await page.getByRole("region", { name: "Details of GAMMA" }).waitFor({ state: "detached" });

  await keyboard.press("Control+s");
  const dialog = secrets.dialog();
  await dialog.getByLabel("Message").waitFor();
  for (let i = 0; i < 20 && (await focused(page)) !== "Save"; i++) await keyboard.press("Tab");
  expect(await focused(page)).toBe("Save");
  await keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  expect(await valuesOf(server, "keys")).toEqual({ ALPHA: "1", BETA: "two", DELTA: "4" });
});

test("the help lists the shortcuts, and switches them off for this browser", async () => {
  const { page } = secrets;
  await secrets.open("keys");
  await page.keyboard.press("?");
  await secrets.dialog().getByText("review and save").waitFor();
  await expectAccessible(page, "secrets-help");
  await secrets.dialog().getByLabel("Shortcuts").uncheck();
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await page.keyboard.press("/");
  expect(await page.getByLabel("Key", { exact: true }).count()).toBe(0);
  await secrets.open("keys");
  await page.keyboard.press("n");
  expect(await page.getByLabel("Key", { exact: true }).count()).toBe(0);
  // Arrow keys stay.
  await secrets.row("ALPHA").getByRole("button", { name: "ALPHA", exact: true }).focus();
  await page.keyboard.press("ArrowDown");
  expect(await focused(page)).toBe("BETA");
});

test("a list of keys in every state has no violation in either theme, nor at 320 px", async () => {
  const { page } = secrets;
  const meta = { SHOWN: { visible: true }, DUE: { rotateBy: "2020-01-01", note: "soon" } };
  await seed(server, "states", { set: { SHOWN: "info", DUE: "1", GONE: "1", PLAIN: "1" }, meta });
  await deploy(server, pathOf("states"));
  await seed(server, "states", { set: { PLAIN: "2" }, remove: ["GONE"] }, 1);
  await secrets.open("states");
  await secrets.row("GONE").getByText("removed, still in the cluster").waitFor();
  await secrets.row("SHOWN").getByText("running").waitFor();
  // A row that is not drawn yet has no text of its own.
  const states = await until(
    async () => await page.locator(".state-cell").allInnerTexts(),
    (texts) => texts.every((text) => text !== ""),
  );
  expect(states.map((text) => text.replaceAll(/\s+/gu, " "))).toEqual([
    "running due 2020-01-01",
    "removed, still in the cluster",
    "saved, not live",
    "running",
  ]);
  await expectAccessible(page, "secrets-list");
  await page.getByRole("button", { name: "Edit PLAIN" }).click();
  await expectAccessible(page, "secrets-editing");
});
