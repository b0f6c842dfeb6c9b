import type { Browser } from "playwright-core";
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
import { ask, deploy, makeHome, startServer, type Home, type TestServer } from "../harness/server.ts";

let home: Home;
let server: TestServer;
let browser: Browser;
let secrets: SecretsPage;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  browser = await openBrowser();
  await makeEnvironments(server, ["fresh", "edit", "long", "other", "purge"]);
  secrets = await openSecretsPage(browser, server, { first: true });
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  await home.remove();
});

const pem = `-----BEGIN PRIVATE KEY-----\n${"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n".repeat(24)}-----END PRIVATE KEY-----\n`;

test("an empty environment has three doors, and the first secret makes the first revision", async () => {
  const { page, complaints } = secrets;
  await secrets.open("fresh");
  await page.getByText("Nothing is saved yet", { exact: true }).waitFor();
  await expectAccessible(page, "secrets-empty");
  await page.getByRole("button", { name: "Add one by hand" }).click();
  await page.getByLabel("Key", { exact: true }).fill("FIRST");
  await page.getByLabel("Value", { exact: true }).fill("one");
  await page.keyboard.press("Enter");
  await page.getByText("1 draft added.").waitFor();
  await secrets.save("begin");
  await page.getByText("Saved as revision 1, verified.").first().waitFor();
  expect(await valuesOf(server, "fresh")).toEqual({ FIRST: "one" });
  await secrets.row("FIRST").getByText("saved, never deployed").waitFor();
  expect(complaints).toEqual([]);
});

test("add, change, rename, remove, undo and save, all in one revision", async () => {
  const { page, row } = secrets;
  await seed(server, "edit", { set: { A: "1", B: "2", C: "3", D: "4" }, meta: { B: { note: "keep me" } } });
  await secrets.open("edit");
  await secrets.add("N", "new");
  await secrets.change("A", "changed");
  // Renamed in place: the value stays.
  await row("B").getByRole("button", { name: "Edit B" }).click();
  await page.getByLabel("Key", { exact: true }).fill("BB");
  await page.keyboard.press("Enter");
  await row("BB").getByText("was B").waitFor();
  await row("C").getByRole("button", { name: "Remove C" }).click();
  await row("D").getByRole("button", { name: "Remove D" }).click();
  await page.getByText("1 draft added · 1 changed · 1 renamed · 2 removed.").waitFor();
  // The one on the removal of D; then redo, and undo once more with the bar.
  await page.locator(".toast", { hasText: "D will be removed" }).getByRole("button", { name: "Undo" }).click();
  await page.getByText("1 draft added · 1 changed · 1 renamed · 1 removed.").waitFor();
  await page.getByRole("button", { name: "Redo" }).click();
  await page.getByText("· 2 removed.").waitFor();
  await page.getByRole("region", { name: "Drafts" }).getByRole("button", { name: "Undo" }).click();
  await page.getByText("· 1 removed.").waitFor();
  // Everything goes, and comes back.
  await page.getByRole("button", { name: "Discard", exact: true }).click();
  await page.getByText("No drafts.").waitFor();
  await page.getByRole("region", { name: "Drafts" }).getByRole("button", { name: "Undo" }).click();
  await page.getByText("1 draft added · 1 changed · 1 renamed · 1 removed.").waitFor();

  await expectAccessible(page, "secrets-drafts");
  await page.getByRole("button", { name: "Review" }).click();
  await secrets.dialog().getByLabel("Message").waitFor();
  const lines = await secrets.dialog().locator(".review-line > span").allInnerTexts();
  expect(lines).toEqual(["Change A: 1 B before, 7 B now", "Rename B to BB", "Remove C", "Add N: 3 B"]);
  expect(await secrets.dialog().innerText()).not.toContain("changed");
  await secrets.dialog().getByLabel("The old value of A no longer works").check();
  await expectAccessible(page, "secrets-review");
  await secrets.dialog().getByLabel("Message").fill("spring cleaning");
  await secrets.dialog().getByRole("button", { name: "Save", exact: true }).click();
  await secrets.dialog().waitFor({ state: "detached" });

  expect(await valuesOf(server, "edit")).toEqual({ A: "changed", BB: "2", D: "4", N: "new" });
  const { secrets: saved, revision } = (await ask(server, `GET ${pathOf("edit")}/secrets`)).body;
  expect(revision).toBe(2);
  expect(saved.find((one: any) => one.key === "BB").note).toBe("keep me");
  expect(saved.find((one: any) => one.key === "A").retiresOld).toBe(true);
  expect((await ask(server, `GET ${pathOf("edit")}/revisions/2`)).body.revision.message).toBe("spring cleaning");
});

test("removed keys can be purged in the review; the history then says that older values are gone", async () => {
  const { page, row } = secrets;
  await seed(server, "purge", { set: { KEEP: "1", LEAKED: "2" } });
  await secrets.open("purge");
  await row("LEAKED").getByRole("button", { name: "Remove LEAKED" }).click();
  await page.getByRole("button", { name: "Review" }).click();
  await secrets.dialog().getByLabel("Delete the older values of removed keys for good").check();
  await expectAccessible(page, "secrets-purge");
  await secrets.dialog().getByRole("button", { name: "Save", exact: true }).click();
  await secrets.dialog().waitFor({ state: "detached" });
  expect(await valuesOf(server, "purge")).toEqual({ KEEP: "1" });
  const restored = await ask(server, `POST ${pathOf("purge")}/revisions/1/restore`, { ifMatch: 2, body: {} });
  expect(restored.body).toMatchObject({ code: "revision_gone" });
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "History" }).click();
  await secrets.dialog().getByText("its values are gone").waitFor();
  expect(await secrets.dialog().getByRole("button", { name: "Restore revision 1" }).count()).toBe(0);
  await page.keyboard.press("Escape");
});

test("mistakes are told while typing, with the server's own words, and block the save", async () => {
  const { page, row } = secrets;
  await secrets.open("edit");
  await page.keyboard.press("n");
  await page.getByLabel("Key", { exact: true }).fill("no way");
  await page.getByText("a key takes A-Z, a-z, 0-9").waitFor();
  await page.getByLabel("Key", { exact: true }).fill("PATH");
  await page.getByText("decides which programs are started").waitFor();
  await page.getByLabel("Value", { exact: true }).fill(" x");
  await page.getByText("The value begins with a blank").waitFor();
  await page.keyboard.press("Enter");
  await secrets.add("A", "twice");
  await row("A").getByText("A exists already").waitFor();
  await page.getByRole("button", { name: "Review" }).click();
  const save = secrets.dialog().getByRole("button", { name: "Save", exact: true });
  expect(await save.getAttribute("title")).toBe("Correct the mistakes first.");
  await page.keyboard.press("Escape");
  await row("A").first().getByRole("button", { name: "Remove A" }).click();
  await page.getByRole("button", { name: "Review" }).click();
  expect(await save.getAttribute("title")).toBe("Confirm the risky names first.");
  await secrets.dialog().getByLabel("PATH is meant").check();
  await save.click();
  await secrets.dialog().waitFor({ state: "detached" });
  expect(await valuesOf(server, "edit")).toMatchObject({ PATH: " x" });
});

test("long values keep every byte: PEM, JSON, line ends of Windows, a file, a random one", async () => {
  const { page } = secrets;
  await seed(server, "long", { set: { TLS_KEY: "old", CONFIG: "{}" } });
  await secrets.open("long");
  // Several lines in the field of one line open the editor instead of losing their ends.
  await secrets.row("TLS_KEY").getByRole("button", { name: "Edit TLS_KEY" }).click();
  await page.getByLabel("Value", { exact: true }).evaluate((input, text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    input.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, pem);
  const dialog = secrets.dialog();
  expect(await dialog.getByLabel("Value").inputValue()).toBe(pem);
  await dialog.getByText(`${pem.length.toLocaleString("en")} B, 26 lines`).waitFor();
  await dialog.getByText("The value ends with a line end.").waitFor();
  await expectAccessible(page, "secrets-editor");
  await dialog.getByRole("button", { name: "Done" }).click();

  await secrets.row("CONFIG").getByRole("button", { name: "Edit CONFIG" }).click();
  await page.getByRole("button", { name: "Editor…" }).click();
  await dialog.getByRole("button", { name: "Load the saved value" }).click();
  await dialog.getByText("is valid JSON").waitFor();
  await dialog.getByLabel("Value").fill('{\n  "a": 1,\n');
  await dialog.getByText("begins like JSON and is not valid JSON").waitFor();
  await dialog.getByLabel("Value").fill('{\n  "a": 1\n}');
  await dialog.getByRole("button", { name: "Done" }).click();

  await page.getByRole("button", { name: /^Add/u }).click();
  await page.getByLabel("Key", { exact: true }).fill("WINDOWS");
  await page.getByRole("button", { name: "Editor…" }).click();
  await dialog
    .locator("input[type=file]")
    .setInputFiles({ name: "w.txt", mimeType: "text/plain", buffer: Buffer.from("a\r\nb\r\n") });
  await dialog.getByText("has line ends of Windows (CRLF)").waitFor();
  await dialog.getByRole("button", { name: "Add" }).click();

  await page.getByRole("button", { name: /^Add/u }).click();
  await page.getByLabel("Key", { exact: true }).fill("BINARY");
  await page.getByRole("button", { name: "Editor…" }).click();
  await dialog
    .locator("input[type=file]")
    .setInputFiles({ name: "b.bin", mimeType: "application/octet-stream", buffer: Buffer.from([0, 255, 10]) });
  await dialog.getByText("3 B that are not text").waitFor();
  await dialog.getByRole("button", { name: "Add" }).click();

  await page.getByRole("button", { name: /^Add/u }).click();
  await page.getByLabel("Key", { exact: true }).fill("RANDOM");
  await page.getByRole("button", { name: "Editor…" }).click();
  await dialog.getByRole("button", { name: "Random value…" }).click();
  await dialog.getByLabel("Length").fill("40");
  await dialog.getByLabel("Letters").selectOption("hex digits");
  await dialog.getByText("160 bits of chance").waitFor();
  await dialog.getByRole("button", { name: "Generate" }).click();
  await dialog.getByRole("button", { name: "Add" }).click();

  await secrets.save();
  const values = await valuesOf(server, "long");
  expect(values).toMatchObject({
    TLS_KEY: pem,
    CONFIG: '{\n  "a": 1\n}',
    WINDOWS: "a\r\nb\r\n",
    BINARY: { base64: Buffer.from([0, 255, 10]).toString("base64") },
  });
  expect(values["RANDOM"]).toMatch(/^[0-9a-f]{40}$/u);
});

test("details: note, link, rotate-by date and visibility are drafts too; the history names who and why", async () => {
  const { page } = secrets;
  await secrets.open("long", "?key=CONFIG");
  const details = page.getByRole("region", { name: "Details of CONFIG" });
  await details.getByText("2: changed").waitFor();
  await details.getByText("1: added").waitFor();
  await details.getByLabel("Note").fill("read at start");
  await details.getByLabel("Link").fill("javascript:alert(1)");
  await details.getByLabel("Rotate by").fill("2020-01-01");
  await details.getByText("A link begins with https://").waitFor();
  await details.getByLabel("Link").fill("https://example.com/config");
  await details.getByLabel("Visible").check();
  await expectAccessible(page, "secrets-details");
  await page.getByText("1 draft described.").waitFor();
  await secrets.save();
  const { secrets: saved, revision } = (await ask(server, `GET ${pathOf("long")}/secrets`)).body;
  expect(revision).toBe(2);
  expect(saved.find((one: any) => one.key === "CONFIG")).toMatchObject({
    note: "read at start",
    url: "https://example.com/config",
    rotateBy: "2020-01-01",
    visible: true,
    value: '{\n  "a": 1\n}',
  });
  // The note stands under its key.
  await secrets.row("CONFIG").getByText("read at start").waitFor();
  await page.getByRole("button", { name: "due 1" }).click();
  expect(new URL(page.url()).searchParams.get("filter")).toBe("due");
  await secrets.row("TLS_KEY").waitFor({ state: "hidden" });
  expect(await page.locator("tr[data-row]:visible").count()).toBe(1);
});

test("what others say of a key comes into its details, and a field that is only left again says nothing", async () => {
  const { page } = secrets;
  await secrets.open("long", "?key=CONFIG");
  const details = page.getByRole("region", { name: "Details of CONFIG" });
  const valueOf = async (label: string): Promise<string> => await details.getByLabel(label).inputValue();
  await expect.poll(async () => await valueOf("Note")).toBe("read at start");
  const theirs = { note: "read twice", url: "https://example.com/theirs", rotateBy: "2030-02-03" };
  await seed(server, "long", { set: { OTHER: "1" }, meta: { CONFIG: theirs } }, 2);
  for (const [label, text] of [
    ["Note", theirs.note],
    ["Link", theirs.url],
    ["Rotate by", theirs.rotateBy],
  ] as const) {
    await expect.poll(async () => await valueOf(label)).toBe(text);
    await details.getByLabel(label).focus();
  }
  await details.getByLabel("Note").focus();
  expect(await page.getByRole("region", { name: "Drafts" }).count()).toBe(0);
  await details.getByLabel("Link").fill("https://example.com/mine");
  await details.getByLabel("Note").focus();
  await page.getByText("1 draft described.").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("ControlOrMeta+z");
  await expect.poll(async () => await valueOf("Link")).toBe(theirs.url);
});

test("save and deploy stops at other people's keys that are not live, then takes them along", async () => {
  const { page } = secrets;
  await seed(server, "other", { set: { MINE: "1", THEIRS: "1" } });
  await deploy(server, pathOf("other"));
  await seed(server, "other", { set: { THEIRS: "2" } }, 1);
  await secrets.open("other");
  await secrets.row("THEIRS").getByText("saved, not live").waitFor();
  await secrets.change("MINE", "2");
  await page.getByRole("region", { name: "Drafts" }).getByRole("button", { name: "Save and deploy" }).click();
  await secrets.dialog().getByRole("button", { name: "Save and deploy" }).click();
  await secrets.dialog().getByText("These keys of others are not live yet and would go along:").waitFor();
  await secrets.dialog().getByText("THEIRS by bootstrap (2)").waitFor();
  expect((await ask(server, `GET ${pathOf("other")}/secrets`)).body.revision).toBe(2);
  await secrets.dialog().getByRole("button", { name: "Save and deploy" }).click();
  await secrets.dialog().waitFor({ state: "detached" });
  await page.getByText("Revision 3 is deployed; no instance uses it.").waitFor();
  await secrets.row("THEIRS").getByText("running").waitFor();
});
