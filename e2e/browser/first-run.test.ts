import { spawn, type ChildProcess } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, intercept, openBrowser, openPage } from "../harness/browser.ts";
import { setUpLink } from "../harness/person.ts";
import { ask, makeHome, startServer, until, type Home, type TestServer } from "../harness/server.ts";
import { makeShell, type Shell } from "../harness/transcript.ts";

const password = "a long enough password";

let home: Home;
let server: TestServer;
let browser: Browser;
let shell: Shell;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  browser = await openBrowser();
  shell = await makeShell({ url: server.url, token: null });
});

afterAll(async () => {
  await browser.close();
  await server.stop();
  await shell.remove();
  await home.remove();
});

/** A command of the shell that goes on until it is ended. */
const begin = (line: string): { child: ChildProcess; said: () => string } => {
  const child = spawn("sh", ["-c", `exec 2>&1; exec ${line}`], {
    cwd: shell.folder,
    env: { ...shell.env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
  });
  return { child, said: () => text };
};

const endOf = async (child: ChildProcess): Promise<number | null> =>
  await new Promise((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode);
    else child.once("exit", resolve);
  });

test("from the set-up link to a running process, without loading the page again", async () => {
  const { page, complaints } = await openPage(browser);
  await page.goto(server.url);
  await page.getByRole("heading", { name: "Not set up yet" }).waitFor();
  await expectAccessible(page, "not-set-up");

  const { link } = await setUpLink(server);
  await page.goto(link);
  await page.getByLabel("Name").fill("ada@example.com");
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Set up and sign in" }).click();
  // The browser itself holds the rule that stands beside the field.
  expect(await page.getByLabel("Password").evaluate((input: HTMLInputElement) => input.validity.tooShort)).toBe(true);
  await expectAccessible(page, "setup");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Set up and sign in" }).click();

  await page.getByRole("heading", { name: "An app on this machine" }).waitFor();
  await expectAccessible(page, "doors");
  // What somebody made meanwhile under these names is not taken for the machine.
  await ask(server, "POST /apps", { body: { name: "shop" } });
  await ask(server, "POST /connections", { body: { name: "there", cluster: { kind: "process" } } });
  const theirs = { name: "dev", connection: "there", kind: "sandbox" };
  expect((await ask(server, "POST /apps/shop/environments", { body: theirs })).status).toBe(201);
  await intercept(page, /\/api\/v1\/apps\?limit=200$/u, async (route) => {
    await route.fulfill({ json: { items: [], next: null } });
  });
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("alert").getByText("has an environment dev already").waitFor();
  await page.unrouteAll({ behavior: "ignoreErrors" });
  expect((await ask(server, "DELETE /apps/shop/environments/dev", { body: {} })).status).toBe(200);
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByText("Nothing is deployed yet.").waitFor();
  await page.getByText("Nothing is saved yet.").waitFor();
  await page.getByText("npx keyroll run --watch -- node server.js").waitFor();
  await expectAccessible(page, "never-saved");
  await page.evaluate(() => {
    Object.assign(globalThis, { sameDocument: true });
  });

  const base = "/apps/shop/environments/dev";
  await ask(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set: { GREETING: "canary-7Yq2" } } });
  await page.getByText("Revision 1 is saved and was never deployed.").waitFor();
  await page.getByRole("link", { name: "GREETING" }).waitFor();
  await page.getByRole("button", { name: "Deploy 1" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("No findings.").waitFor();
  await expectAccessible(page, "deploy-dialog");
  await dialog.getByRole("button", { name: "Deploy 1" }).click();
  await page.getByRole("heading", { name: "Deployment 1" }).waitFor();
  await page.getByText("Revision 1 is deployed; no instance uses it.").first().waitFor();

  const { text } = (await ask(server, "POST /tokens", { body: { name: "laptop" } })).body;
  const watch = begin(
    `env KEYROLL_TOKEN=${text} keyroll run --watch --app shop --env dev -- sh -c 'while :; do sleep 0.1; done'`,
  );
  try {
    await page.getByText("The one instance runs revision 1.").waitFor();
    await ask(server, `PATCH ${base}/secrets`, { ifMatch: 1, body: { set: { GREETING: "canary-8Zr3" } } });
    await page.getByText("Revision 2 is saved and not live; the one instance runs revision 1.").waitFor();
    await page.getByRole("button", { name: "Deploy 2" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Deploy 2" }).click();
    await page.getByText("The one instance runs revision 2.").waitFor();
    await expectAccessible(page, "running");
  } finally {
    watch.child.kill("SIGINT");
  }
  // The command itself was ended by TERM.
  expect(await endOf(watch.child)).toBe(143);
  await page.getByText("Revision 2 is deployed; no instance uses it.").waitFor();
  expect(await page.evaluate(() => "sameDocument" in globalThis)).toBe(true);
  expect(await page.content()).not.toContain("canary-");
  expect(complaints).toEqual([]);
});

test("the set-up link works once", async () => {
  const { page } = await openPage(browser);
  await page.goto((await setUpLink(server)).link);
  await page.getByLabel("Name").fill("mallory");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Set up and sign in" }).click();
  await page.getByRole("alert").waitFor();
  await page.goto(`${server.url}/setup`);
  await page.getByText("The link is not whole.").waitFor();
  expect(await page.getByRole("button", { name: "Set up and sign in" }).count()).toBe(0);
});

test("sign in, be refused, sign out", async () => {
  const { page, complaints } = await openPage(browser);
  await page.goto(`${server.url}/apps/shop/dev`);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await expectAccessible(page, "login");
  await page.getByLabel("Name").fill("ada@example.com");
  await page.getByLabel("Password").fill("not this one, sorry");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  // In place: the page that was asked for is there.
  await page.getByRole("heading", { name: "dev" }).waitFor();
  await page.goto(`${server.url}/apps/nowhere/dev`);
  await page.getByRole("alert").waitFor();
  await expectAccessible(page, "not-found");
  await page.goto(`${server.url}/`);
  await page.getByRole("link", { name: "shop" }).click();
  await page.getByRole("heading", { name: "shop", level: 1 }).waitFor();
  await page.getByRole("link", { name: "dev" }).waitFor();
  await expectAccessible(page, "app");
  await page.getByRole("button", { name: "ada@example.com: menu" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(complaints).toEqual([]);
});

test("keyroll login is confirmed in the browser, and logout revokes it", async () => {
  const { page } = await openPage(browser);
  const login = begin(`keyroll login ${server.url}`);
  const said = await until(
    async () => await Promise.resolve(login.said()),
    (text) => text.includes("confirm the code"),
  );
  const address = /Open (\S+)/u.exec(said)?.[1] ?? "";
  await page.goto(address);
  await page.getByLabel("Name").fill("ada@example.com");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Confirm a login" }).waitFor();
  await expectAccessible(page, "device");
  await page.getByRole("button", { name: "Allow" }).click();
  await page.getByText("is signed in as you").waitFor();
  expect(await endOf(login.child)).toBe(0);
  expect(login.said()).toContain(`Signed in at ${server.url}`);

  const profile = join(shell.home, "config/keyroll/profile.json");
  expect((await stat(profile)).mode & 0o777).toBe(0o600);
  expect(await shell.run("keyroll whoami")).toContain("(administrator)");
  const token = /krl_\w+/u.exec(await readFile(profile, "utf8"))?.[0];
  expect(await shell.run("keyroll logout")).toContain("the token is revoked");
  expect(await shell.run("keyroll whoami")).toContain("You are not signed in");
  expect(await shell.run(`KEYROLL_TOKEN=${token} keyroll whoami`)).toContain("[exit 3]");
});

test("a refused login gets nothing", async () => {
  const { page } = await openPage(browser);
  const login = begin(`keyroll login ${server.url}`);
  const said = await until(
    async () => await Promise.resolve(login.said()),
    (text) => text.includes("confirm the code"),
  );
  await page.goto(/Open (\S+)/u.exec(said)?.[1] ?? "");
  await page.getByLabel("Name").fill("ada@example.com");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Refuse" }).click();
  await page.getByText("gets nothing").waitFor();
  expect(await endOf(login.child)).toBe(3);
  expect(await shell.run("keyroll whoami")).toContain("[exit 3]");
});
