import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, openBrowser } from "../harness/browser.ts";
import { makeEnvironments, openSecretsPage, pathOf, seed, type SecretsPage } from "../harness/secrets-page.ts";
import { ask, deploy, deploymentEnd, makeHome, startServer, type Home, type TestServer } from "../harness/server.ts";

let home: Home;
let server: TestServer;
let browser: Browser;
let secrets: SecretsPage;

beforeAll(async () => {
  home = await makeHome();
  server = await startServer(home);
  browser = await openBrowser();
  await makeEnvironments(server, ["dev"]);
  secrets = await openSecretsPage(browser, server, { first: true });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await home?.remove();
});

test("a deployment that waits for a process is cancelled: the revision before is back, and the page says so", async () => {
  const { page, complaints } = secrets;
  const base = pathOf("dev");
  await seed(server, "dev", { set: { A: "one" } });
  await page.goto(`${server.url}/apps/shop/dev/deployments`);
  await page.getByRole("button", { name: "Deploy 1" }).click();
  await secrets.dialog().getByRole("button", { name: "Deploy 1" }).and(page.locator(":not([aria-disabled])")).click();
  await page.getByText("Revision 1 is deployed; no instance uses it.").first().waitFor();

  // A process that stays with what it has: the proof of the next deployment waits for it.
  const instance = { host: "here", pid: 1, startedAt: Date.now(), revision: 1, keys: "all", state: "running" };
  const told = await ask(server, `PUT ${base}/instances/stubborn`, { body: instance });
  expect(told.status, JSON.stringify(told.body)).toBe(200);
  await seed(server, "dev", { set: { A: "two" } }, 1);
  await page.getByRole("link", { name: "All deployments" }).click();
  await page.getByRole("button", { name: "Deploy 2" }).click();
  await secrets.dialog().getByRole("button", { name: "Deploy 2" }).and(page.locator(":not([aria-disabled])")).click();
  await page.getByRole("heading", { name: "Deployment 2" }).waitFor();
  await page.getByRole("listitem").filter({ hasText: "Prove" }).getByText("at work").waitFor();
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  const question = page.getByRole("alertdialog");
  await expectAccessible(page, "deployment-cancel");
  await question.getByRole("button", { name: "Cancel it" }).click();
  await question.waitFor({ state: "detached" });
  await page.getByRole("heading", { name: "The way back" }).waitFor();
  await page.getByText("Cancelled. The previous state is back and proven.").first().waitFor({ timeout: 40_000 });
  await page.getByRole("button", { name: "Cancel", exact: true }).waitFor({ state: "detached" });
  await expectAccessible(page, "deployment-cancelled");

  const { deployment } = await deploymentEnd(server, base, 2);
  expect(deployment).toMatchObject({ state: "cancelled", live: "previous" });
  // Whoever says nothing for half a minute does not count.
  await ask(server, `PUT ${base}/instances/stubborn`, { body: instance });
  expect((await ask(server, `GET ${base}/status`)).body).toMatchObject({ saved: 2, inCluster: 1, running: 1 });
  expect((await ask(server, `POST ${base}/bundle`, { body: {} })).body.values).toEqual({ A: "one" });
  // The process restarts at last: the same goal again is no problem.
  await ask(server, `PUT ${base}/instances/stubborn`, { body: { ...instance, revision: 2 } });
  expect((await deploy(server, base)).deployment).toMatchObject({ state: "running", goal: { revision: 2 } });
  // What the first one brought about was so at its end.
  await page.goto(`${server.url}/apps/shop/dev/deployments`);
  const first = page.getByRole("row").filter({ has: page.getByRole("link", { name: "1", exact: true }) });
  await first.getByText("ran", { exact: true }).waitFor();
  await first.getByText("At its end: Revision 1 is deployed; no instance uses it.").waitFor();
  await first.getByRole("link").click();
  await page.getByText("At its end: Revision 1 is deployed; no instance uses it.").waitFor();
  expect(complaints).toEqual([]);
});
