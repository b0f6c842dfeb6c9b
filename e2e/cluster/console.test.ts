import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, openBrowser, openPage } from "../harness/browser.ts";
import { kubectl, makePlace, makeSite, mirrorData, save, type Place, type Site } from "../harness/cluster.ts";
import { setUpLink } from "../harness/person.ts";
import { ask, deploy } from "../harness/server.ts";

const password = "correct horse battery";

let site: Site;
let browser: Browser;
let place: Place;
let page: Page;
let complaints: string[];
let address = "";

beforeAll(async () => {
  site = await makeSite();
  browser = await openBrowser();
  place = await makePlace(site, { values: { keys: ["GREETING"], replicas: 2 }, settings: { crashGraceSeconds: 5 } });
  ({ page, complaints } = await openPage(browser));
  await page.goto((await setUpLink(site.server)).link);
  await page.getByLabel("Name").fill("ada");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Set up and sign in" }).click();
  await page.getByRole("button", { name: /^ada/u }).waitFor();
  const [, app = "", , env = ""] = place.base.slice(1).split("/");
  address = `${site.server.url}/apps/${app}/${env}`;
});
afterAll(async () => {
  await browser.close();
  await place.remove();
  await site.stop();
});

test("a deployment is checked, watched live to running, and shows its pods by revision", async () => {
  await save(site.server, place.base, { set: { GREETIN: "typo" } });
  await page.goto(`${address}/deployments`);
  await page.getByText("Nothing was deployed yet.").waitFor();
  await expectAccessible(page, "deployments-empty");
  await page.getByRole("button", { name: "Deploy 1" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("1 error").waitFor();
  await dialog.getByText("needs GREETING").waitFor();
  expect(await dialog.getByText("Did you mean", { exact: false }).count()).toBeGreaterThan(0);
  await expectAccessible(page, "deploy-dialog-error");
  const button = dialog.getByRole("button", { name: "Deploy 1" });
  expect(await button.getAttribute("aria-disabled")).toBe("true");
  await dialog.getByRole("button", { name: "Not now" }).click();

  await save(site.server, place.base, { rename: { GREETIN: "GREETING" } });
  await page.getByRole("button", { name: "Deploy 2" }).click();
  await dialog.getByRole("button", { name: "Deploy 2" }).and(page.locator(":not([aria-disabled])")).click();
  await page.getByRole("heading", { name: "Deployment 1" }).waitFor();
  await page.getByRole("listitem").filter({ hasText: "Roll the app" }).getByText("at work").waitFor();
  await page.getByText("Revision 2 is running.").first().waitFor({ timeout: 60_000 });
  await page.getByRole("table", { name: "Pods by revision" }).getByRole("cell", { name: "2", exact: true }).waitFor();
  await page.getByRole("log", { name: "Log" }).getByText("Helm revision 1.").waitFor();
  await expectAccessible(page, "deployment-running");
});

test("a deployment that fails shows the pod's own reason and the way back; undo takes a good one back", async () => {
  await save(site.server, place.base, { set: { GREETING: "bad", EXTRA: "1" } });
  const values = JSON.stringify({ keys: ["GREETING"], replicas: 2, env: { BOX_FAIL_IF: "GREETING=bad" } });
  await page.goto(`${address}/vars/values`);
  await page.getByRole("textbox", { name: "Helm values, YAML" }).fill(`${values}\nkey: "AKIAABCDEFGHIJKLMNOP"`);
  await page.getByText("line 2", { exact: false }).first().waitFor();
  await page.getByRole("textbox", { name: "Helm values, YAML" }).fill(values);
  await page.getByRole("button", { name: "Check with the chart" }).click();
  await page.getByRole("region", { name: "What preflight says of these values" }).getByText("EXTRA").first().waitFor();
  await expectAccessible(page, "values");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved as Helm values 2.").first().waitFor();
  await page.getByRole("button", { name: "Deploy 3" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Take Helm values 2 along").check();
  await dialog.getByText("EXTRA").first().waitFor();
  await dialog.getByRole("button", { name: "Deploy 3" }).and(page.locator(":not([aria-disabled])")).click();
  await page.getByRole("heading", { name: "The way back" }).waitFor({ timeout: 90_000 });
  await page.getByText("The previous state is back and proven.").first().waitFor({ timeout: 90_000 });
  await page.getByText("CrashLoopBackOff").first().waitFor();
  await page.getByText("1 → 2").first().waitFor();
  await expectAccessible(page, "deployment-failed");

  await save(site.server, place.base, { set: { GREETING: "fine" } });
  expect((await deploy(site.server, place.base)).deployment.state).toBe("running");
  await page.goto(`${address}/deployments`);
  await page.getByRole("row", { name: /^3 last good/u }).waitFor();
  await expectAccessible(page, "deployments");
  await page.getByRole("link", { name: "3", exact: true }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Undo it" }).click();
  await page.getByRole("heading", { name: "Deployment 4" }).waitFor();
  await page.getByText("Revision 2 is running.").first().waitFor({ timeout: 60_000 });
  expect((await ask(site.server, `GET ${place.base}/status`)).body).toMatchObject({ inCluster: 2, running: 2 });
  expect(complaints).toEqual([]);
}, 300_000);

test("what others changed in the cluster is told on both pages, overwritten, adopted and not deployed over by accident", async () => {
  // Whoever may write the Secret chooses this text, and both pages show it.
  const manager = "<img/src=x/onerror=globalThis.ranHere=1>";
  const patch = `patch secret app-secrets -n ${place.namespace} --type=merge --field-manager=${manager} -p`.split(" ");
  const edit = async (data: object): Promise<string> => await kubectl(...patch, JSON.stringify({ data }));
  const theirs = Buffer.from("theirs").toString("base64");
  await edit({ GREETING: theirs, NEW_KEY: theirs });
  await page.goto(address);
  const banner = page.getByRole("status").filter({ hasText: `app-secrets was changed by ${manager}` });
  await banner.getByText("GREETING, NEW_KEY").waitFor();
  await banner.getByText("The next deployment is blocked until this is decided.").waitFor();
  await expectAccessible(page, "drift-banner");
  await banner.getByRole("button", { name: "Pause drift" }).click();
  const pausing = page.getByRole("alertdialog", { name: "Pause drift" });
  await expectAccessible(page, "drift-pause");
  await pausing.getByLabel("For").selectOption("4 hours");
  await pausing.getByRole("button", { name: "Pause" }).click();
  await banner.getByText("The next deployment overwrites it.").waitFor();
  await page.goto(`${address}/settings`);
  await page.getByText("Paused; ends in 4 h").first().waitFor();
  const { driftPausedUntil } = (await ask(site.server, `GET ${place.base}`)).body.environment.settings;
  expect(Math.abs(driftPausedUntil - Date.now() - 4 * 3_600_000)).toBeLessThan(60_000);
  await expectAccessible(page, "settings-drift-paused");
  await page.getByRole("region", { name: "Changes by others" }).getByRole("button", { name: "Resume" }).click();
  await page.getByText("Drift counts again.").first().waitFor();
  await page.goto(address);
  await banner.getByText("The next deployment is blocked until this is decided.").waitFor();
  await banner.getByRole("button", { name: "Overwrite" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Overwrite" }).click();
  await banner.waitFor({ state: "detached" });
  expect(Object.keys(await mirrorData(place.namespace))).toEqual(["GREETING"]);

  await edit({ GREETING: theirs, NEW_KEY: theirs });
  await page.goto(`${address}/vars/secrets`);
  await banner.getByRole("link", { name: "Look, and adopt" }).click();
  const dialog = page.getByRole("dialog", { name: "Changes by others" });
  await dialog.getByText("The cluster is not as revision 2 was deployed: 2 changes.").waitFor();
  expect(await dialog.getByText(`By ${manager}`).count()).toBe(2);
  await expectAccessible(page, "drift-cluster");
  await dialog.getByLabel("Take NEW_KEY").check();
  await dialog.getByRole("button", { name: "Adopt 1 key" }).click();
  await page.getByText("Adopted: 1 key, as revision").first().waitFor();
  await dialog.getByText("2 was deployed: 1 change.").waitFor();
  await dialog.getByRole("button", { name: "Cancel" }).click();

  await page.getByRole("button", { name: /^Deploy \d/u }).click();
  const deploying = page.getByRole("dialog", { name: /^Deploy/u });
  const button = deploying.getByRole("button", { name: /^Deploy \d/u });
  await deploying.getByText("No findings.").or(deploying.getByText("note").first()).first().waitFor();
  expect(await button.getAttribute("aria-disabled")).toBe("true");
  await deploying.getByLabel("Overwrite what others changed").check();
  await button.and(page.locator(":not([aria-disabled])")).click();
  await page
    .getByText(/^Revision \d+ is running\.$/u)
    .first()
    .waitFor({ timeout: 60_000 });
  expect(await page.evaluate("globalThis.ranHere")).toBeUndefined();
  expect(Object.keys(await mirrorData(place.namespace))).toContain("NEW_KEY");
  expect(complaints).toEqual([]);
});

test("what becomes of pods that a rollout leaves behind is set", async () => {
  await page.goto(`${address}/settings`);
  await page.getByRole("radio", { name: "Only name them" }).check();
  await expectAccessible(page, "settings-cluster");
  await page.getByRole("button", { name: "Save settings" }).click();
  await page.getByText("The settings are saved").first().waitFor();
  const { settings } = (await ask(site.server, `GET ${place.base}`)).body.environment;
  expect(settings).toMatchObject({ stragglers: "report", onFailure: "rollback" });
  expect(complaints).toEqual([]);
});
