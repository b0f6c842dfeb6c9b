import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, intercept, openBrowser } from "../harness/browser.ts";
import { makeEnvironments, openSecretsPage, seed, valuesOf, type SecretsPage } from "../harness/secrets-page.ts";
import { makeHome, startServer, type Home, type TestServer } from "../harness/server.ts";

let home: Home;
let server: TestServer;
let browser: Browser;
let secrets: SecretsPage;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  browser = await openBrowser();
  await makeEnvironments(server, ["hundred", "formats", "choices", "typed"]);
  secrets = await openSecretsPage(browser, server, { first: true });
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  await home.remove();
});

/** Pasted with nothing in focus, as Ctrl+V does it. */
const paste = async (text: string): Promise<void> => {
  await secrets.page.evaluate((given) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", given);
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
  await secrets.dialog().waitFor();
};

const drop = async (name: string, text: string): Promise<void> => {
  await secrets.page.evaluate(
    ([fileName, content]) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([content], fileName));
      for (const type of ["dragover", "drop"])
        document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    },
    [name, text] as const,
  );
  await secrets.dialog().waitFor();
};

/** Each line with the notice that it must show. */
const noticed: readonly (readonly [string, string])[] = [
  ['ESCAPES="a\\nb"', "in double quotes became the characters they stand for"],
  ["TRAILING=x   ", "3 trailing blanks were dropped"],
  ["HASH=pa#ss", "the # inside was kept"],
  ["HASH_START=#abc", "the value begins with #"],
  ["BACKTICKS=`x`", "the backticks were kept"],
  ["EMPTY=", "the value is empty"],
  ["REFERENCE=x${HOME}", "looks like a reference to another variable"],
  ["COMMAND=$(date)", "looks like a command"],
  ["my.key=x", "not a shell name"],
  ['PATH_OF="C:\\new"', "looks like a Windows path"],
  ['DOLLAR="a\\$b"', "\\$ was kept as two characters"],
  ['JSON={"a":1}', "valid JSON"],
  ["NBSP=a\u00A0b", "no-break space"],
  ["ZERO=a\u200Bb", "character without width"],
  ["CURLY=\u201Ca\u201D", "curly quotes"],
  ['FINAL="a\n"', "ends with a line end"],
];

test("a hundred keys at once: every kind of notice, no line is taken silently, all become one revision", async () => {
  const { page } = secrets;
  await secrets.open("hundred");
  const plain = Array.from({ length: 100 - noticed.length }, (_, i) => `KEY_${String(i).padStart(3, "0")}=value-${i}`);
  const bad = ["no equals here", "A B=1", 'OPEN="xyzzy'];
  const lines = [...noticed.map(([line]) => line), ...plain, ...bad];
  await paste(`\uFEFF${lines.join("\r\n")}\r\n`);
  const dialog = secrets.dialog();
  await dialog.getByText("100 new").waitFor();
  await dialog.getByText("3 invalid").waitFor();
  await dialog.getByText("the byte order mark at the beginning was dropped").waitFor();
  await dialog.getByText("line ends of Windows (CRLF) were read as simple ones").waitFor();
  for (const [line, notice] of noticed) {
    const key = line.slice(0, line.indexOf("="));
    const row = dialog.getByRole("row").filter({ has: page.locator(`code:text-is("${key}")`) });
    await row.getByText(notice).first().waitFor();
  }
  // The value of FINAL has two lines, so everything behind it is one line further.
  const errors = await dialog
    .getByRole("list", { name: "Lines that are not taken" })
    .getByRole("listitem")
    .allInnerTexts();
  expect(errors.map((text) => /Line (\d+)/u.exec(text)?.[1])).toEqual(["102", "103", "104"]);
  expect(errors.join(" ")).not.toMatch(/equals here|xyzzy/u);
  await expectAccessible(page, "secrets-import");
  await dialog.getByRole("button", { name: "Make 100 drafts" }).click();
  await page.getByText("100 drafts added.").waitFor();
  await page.getByText("100 of 100").waitFor();
  await secrets.add("ONE_MORE", "x");
  await page.getByText("101 pairs; an environment holds 100.").waitFor();
  await secrets.row("ONE_MORE").getByRole("button", { name: "Remove ONE_MORE" }).click();
  await secrets.save("the whole file");
  const values = await valuesOf(server, "hundred");
  expect(Object.keys(values)).toHaveLength(100);
  expect(values).toMatchObject({
    ESCAPES: "a\nb",
    TRAILING: "x",
    HASH: "pa#ss",
    HASH_START: "#abc",
    EMPTY: "",
    REFERENCE: "x${HOME}",
    COMMAND: "$(date)",
    DOLLAR: "a\\$b",
    NBSP: "a\u00A0b",
    FINAL: "a\n",
    KEY_083: "value-83",
  });
});

test("JSON, YAML and a dropped file: the same preview; the parser of YAML comes when it is needed", async () => {
  const { page, requests } = secrets;
  await secrets.open("formats");
  const isYaml = (): boolean => requests.some((one) => /yaml-/u.test(one.url()));
  expect(isYaml()).toBe(false);
  await paste('{"FROM_JSON": "a", "PORT": 8080}');
  await secrets.dialog().getByText("was a number: taken as its text").waitFor();
  await secrets.dialog().getByRole("button", { name: "Make 2 drafts" }).click();
  expect(isYaml()).toBe(false);
  await drop("values.yaml", "FROM_YAML: b\nMULTI: |\n  l1\n  l2\n");
  await secrets.dialog().getByText("2 new").waitFor();
  expect(isYaml()).toBe(true);
  await secrets.dialog().getByRole("button", { name: "Make 2 drafts" }).click();
  await drop("app.env", "FROM_ENV=c\n");
  await secrets.dialog().getByRole("button", { name: "Make 1 draft" }).click();
  // Several lines in a field for a key are an import too.
  await page.keyboard.press("n");
  await page.getByLabel("Key", { exact: true }).evaluate((input) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", "IN_KEY=1\nIN_KEY_2=2\n");
    input.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  });
  await secrets.dialog().getByRole("button", { name: "Make 2 drafts" }).click();
  await secrets.save();
  expect(await valuesOf(server, "formats")).toEqual({
    FROM_JSON: "a",
    PORT: "8080",
    FROM_YAML: "b",
    MULTI: "l1\nl2\n",
    FROM_ENV: "c",
    IN_KEY: "1",
    IN_KEY_2: "2",
  });
});

test("a parser of YAML that cannot be loaded is said, and tried again; the text is still there", async () => {
  const { page } = secrets;
  await secrets.open("formats");
  await intercept(page, /\/assets\/[^/]*yaml-[^/]*\.js$/u, async (route) => await route.abort());
  await drop("values.yaml", "LATER: b\n");
  await secrets.dialog().getByText("The parser of YAML cannot be loaded.").waitFor();
  await expectAccessible(page, "import-no-parser");
  await secrets.dialog().getByRole("button", { name: "Try again" }).click();
  await secrets.dialog().getByText("The parser of YAML cannot be loaded.").waitFor();
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await secrets.dialog().getByRole("button", { name: "Try again" }).click();
  await secrets.dialog().getByText("1 new").waitFor();
  expect(await secrets.dialog().getByRole("alert").count()).toBe(0);
  await page.keyboard.press("Escape");
});

test("what is taken is what is typed, not what was shown a moment before", async () => {
  const { page } = secrets;
  await secrets.open("typed");
  await page.getByRole("button", { name: "Paste .env" }).click();
  const dialog = secrets.dialog();
  await dialog.getByLabel("Text").fill("BEFORE=1");
  await dialog.getByRole("button", { name: "Make 1 draft" }).waitFor();
  // Typed and sent within one task: what follows the typing later has not come.
  await dialog.locator("textarea").evaluate(async (field: HTMLTextAreaElement) => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")?.set?.call(field, "AFTER=1\nSECOND=2");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    for (let i = 0; i < 5; i++) await Promise.resolve();
    field.form?.requestSubmit();
  });
  await dialog.getByRole("button", { name: "Make 2 drafts" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("2 drafts added").waitFor();
  await secrets.row("AFTER").waitFor();
  expect(await secrets.row("BEFORE").count()).toBe(0);
  await secrets.save();
  expect(await valuesOf(server, "typed")).toEqual({ AFTER: "1", SECOND: "2" });
});

test("a choice for each key; what is the same is told after an asked-for comparison; replace names what goes", async () => {
  const { page } = secrets;
  await seed(server, "choices", { set: { SAME: "1234", OTHER: "1234", LEFT: "x", EXTRA: "y" } });
  await secrets.open("choices");
  await page.getByRole("button", { name: "Paste .env" }).click();
  const dialog = secrets.dialog();
  await dialog.getByLabel("Text").fill("SAME=1234\nOTHER=4321\nLEFT=longer\nNEW=1\n");
  await dialog.getByText("2 set, of the same size").waitFor();
  await dialog.getByRole("button", { name: "Compare 2 with the saved values" }).click();
  await dialog.getByText("1 same").waitFor();
  expect(await dialog.getByLabel("Take SAME").isDisabled()).toBe(true);
  await dialog.getByLabel("Take LEFT").uncheck();
  await dialog.getByLabel("Replace").check();
  await dialog.getByText("Would be removed: EXTRA").waitFor();
  await dialog.getByRole("button", { name: "Make 3 drafts" }).click();
  await page.getByText("1 draft added · 1 changed · 1 removed.").waitFor();
  await secrets.save();
  expect(await valuesOf(server, "choices")).toEqual({ SAME: "1234", OTHER: "4321", LEFT: "x", NEW: "1" });
});
