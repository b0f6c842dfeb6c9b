import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ada, expectAccessible, openBrowser, openSignedIn, setUp } from "../harness/browser.ts";
import {
  chartFiles,
  kubectl,
  makePlace,
  makeSite,
  podNames,
  sampleDeployment,
  save,
  type Place,
  type Site,
} from "../harness/cluster.ts";
import { ask, deploymentEnd } from "../harness/server.ts";

// What stands in the way of a deployment, and what may be said to go on all the same; drift: console.test.ts.
let site: Site;
let browser: Browser;
let place: Place;
let page: Page;
let complaints: string[];
let app = "";

/** Beside the sample's workload, which takes every key, one that reads LEVEL only. */
const second = (): string =>
  sampleDeployment()
    .replaceAll("{{ .Release.Name }}", "{{ .Release.Name }}-second")
    .replaceAll(".Values.keys", '(list "LEVEL")')
    .replace("{{- if .Values.allKeys }}", "{{- if false }}");

beforeAll(async () => {
  site = await makeSite();
  const chart = chartFiles({ ".env.example": () => "GREETING=\nLICENSE=\n", "templates/second.yaml": second });
  const values = { keys: ["GREETING"], allKeys: true, replicas: 1, rollme: false };
  place = await makePlace(site, { chart, values });
  app = place.base.split("/")[2] ?? "";
  browser = await openBrowser();
  await setUp(site.server);
  ({ page, complaints } = await openSignedIn(browser, site.server, `/apps/${app}/dev/deployments`));
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await place?.remove();
  await site?.stop();
});

const dialog = () => page.getByRole("dialog", { name: /^Deploy/u });
const button = () => dialog().getByRole("button", { name: /^Deploy \d/u });
const passOver = () => dialog().getByLabel("Deploy in spite of these errors");

const open = async (revision: number): Promise<void> => {
  await page.goto(`${site.server.url}/apps/${app}/dev/deployments`);
  await page.getByRole("button", { name: `Deploy ${revision}` }).click();
  await dialog().getByRole("region", { name: "Preflight" }).getByRole("heading", { level: 3 }).nth(1).waitFor();
};
const deployIt = async (number: number) => {
  await button().and(page.locator(":not([aria-disabled])")).press("Enter");
  await page.getByRole("heading", { name: `Deployment ${number}` }).waitFor();
  return (await deploymentEnd(site.server, place.base, number)).deployment;
};
const requested = async () => (await ask(site.server, `GET ${place.base}/deployments`)).body.items.length;

test("an error that may be passed over needs a tick, and it is recorded whose it was", async () => {
  await save(site.server, place.base, { set: { GREETING: "one", LEVEL: "info" } });
  await open(1);
  await dialog().getByText("1 error").waitFor();
  expect(await button().getAttribute("title")).toContain("or say that you deploy in spite of them");
  // Nobody deploys over it by pressing the button that says so.
  await button().press("Enter");
  expect(await requested()).toBe(0);
  await dialog().getByText("It is recorded that you passed over required-key-missing.").waitFor();
  await expectAccessible(page, "deploy-dialog-pass-over");
  await passOver().press("Space");
  expect(await passOver().isChecked()).toBe(true);
  const deployment = await deployIt(1);
  expect(deployment, deployment.outcome).toMatchObject({
    state: "running",
    requestedBy: ada.name,
    ignorePreflight: ["required-key-missing"],
  });
  const { items } = (await ask(site.server, "GET /audit")).body;
  expect(items.find(({ action }: any) => action === "deployments.request")).toMatchObject({
    details: { ignorePreflight: ["required-key-missing"] },
  });
});

test("what restarts, what stays, and why; who reads a key, and what an undo does not take back", async () => {
  const change = { set: { LICENSE: "free", GREETING: "two" }, retiresOld: ["GREETING"] };
  await save(site.server, place.base, change);
  await open(2);
  await dialog().getByText(`Restarts: Deployment/${app} (`, { exact: false }).waitFor();
  await dialog()
    .getByText(new RegExp(`Restarts: Deployment/${app} \\(its keys changed: GREETING, LICENSE\\)`, "u"))
    .waitFor();
  await dialog().getByText(`Stays as it is: Deployment/${app}-second (`, { exact: false }).waitFor();
  expect(await passOver().count()).toBe(0);
  await expectAccessible(page, "deploy-dialog-restarts");
  // Whoever restarts everything, or nothing, is not told what would restart else.
  await dialog().getByLabel("Restart").selectOption("none");
  await dialog().getByText("Restarts:", { exact: false }).waitFor({ state: "detached" });
  await dialog().getByLabel("Restart").selectOption("changed");
  const before = await podNames(place.namespace, `app=${app}-second`);
  expect(await deployIt(2)).toMatchObject({ state: "running", ignorePreflight: [] });
  expect(await podNames(place.namespace, `app=${app}-second`)).toEqual(before);
  await page.getByRole("button", { name: "Undo" }).click();
  const undoing = page.getByRole("alertdialog", { name: "Undo deployment 2?" });
  await undoing.getByText("Not taken back: GREETING.").waitFor();
  await undoing.getByRole("button", { name: "Cancel" }).click();
  await page.goto(`${site.server.url}/apps/${app}/dev/vars/secrets`);
  await page
    .getByRole("row", { name: /^LEVEL/u })
    .getByText(`${app} (all keys)`, { exact: false })
    .waitFor();
});

test("a field that somebody else has set is taken by consent only, and cannot be passed over like a finding", async () => {
  await kubectl("scale", `deployment/${app}-second`, "-n", place.namespace, "--replicas=2");
  await save(site.server, place.base, { set: { GREETING: "three" } });
  await open(3);
  await dialog().getByText("has set .spec.replicas", { exact: false }).first().waitFor();
  expect(await passOver().count()).toBe(0);
  expect(await button().getAttribute("title")).toContain("say that it is taken from them");
  await expectAccessible(page, "deploy-dialog-conflict");
  await dialog().getByLabel("Take this field from who has set it").press("Space");
  const deployment = await deployIt(3);
  expect(deployment, deployment.outcome).toMatchObject({ state: "running" });
  const replicas = ["get", `deployment/${app}-second`, "-n", place.namespace, "-o", "jsonpath={.spec.replicas}"];
  expect(await kubectl(...replicas)).toBe("1");
});

test("an error that would print a value is passed over by nobody", async () => {
  await save(site.server, place.base, { set: { LEVEL: { base64: Buffer.from("in\u0000fo").toString("base64") } } });
  await open(4);
  await dialog().getByText("NUL", { exact: false }).first().waitFor();
  expect(await passOver().count()).toBe(0);
  expect(await button().getAttribute("title")).toBe("Preflight found errors: correct them first.");
  await button().press("Enter");
  expect(await requested()).toBe(3);
  await expectAccessible(page, "deploy-dialog-fixed");
  expect(complaints).toEqual([]);
});
