import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, openBrowser, openSignedIn, setUp } from "../harness/browser.ts";
import {
  deploymentOf,
  kubectlWith,
  makePlace,
  makeSite,
  mirrorData,
  podEnvironments,
  save,
  type Place,
  type Site,
} from "../harness/cluster.ts";
import { ask, deploy } from "../harness/server.ts";

// Type restart: nobody renders a chart, and what the cluster has is held against the keys all the same.
let site: Site;
let place: Place;
let browser: Browser;

beforeAll(async () => {
  site = await makeSite();
  place = await makePlace(site, { type: "restart", settings: { settleSeconds: 0 } });
  browser = await openBrowser();
  await setUp(site.server);
});
afterAll(async () => {
  await browser?.close();
  await place?.remove();
  await site?.stop();
});

const apply = async (...keys: readonly string[]): Promise<void> => {
  await kubectlWith(deploymentOf(place.namespace, { keys }), "apply");
};
const errors = async (): Promise<any[]> => {
  const { findings } = (await ask(site.server, `POST ${place.base}/preflight`, { body: {} })).body;
  return findings.filter(({ severity }: any) => severity === "error");
};

test("a key that a workload needs and nobody saved, and a value that it cannot read, end a deployment before the write", async () => {
  await apply("GREETING", "PASSWORD");
  await save(site.server, place.base, { set: { GREETING: "one", PASSWROD: "x" } });
  expect(await errors()).toMatchObject([
    {
      rule: "missing-key",
      object: { kind: "Deployment", namespace: place.namespace, name: "web" },
      container: "app",
      key: "PASSWORD",
      fix: "Correct the name in the manifest of Deployment/web, or save it: keyroll set PASSWORD",
    },
  ]);
  const { deployment } = await deploy(site.server, place.base);
  expect(deployment).toMatchObject({ state: "failed", live: "unchanged" });
  expect(deployment.outcome).toContain("Did you mean `PASSWROD`?");
  await save(site.server, place.base, { set: { PASSWORD: "a\0b" }, remove: ["PASSWROD"] });
  expect(await errors()).toMatchObject([{ rule: "env-nul", key: "PASSWORD" }]);
  expect((await deploy(site.server, place.base)).deployment).toMatchObject({ state: "failed", live: "unchanged" });
  await expect(mirrorData(place.namespace)).rejects.toThrow(/not found/u);
});

test("a removed key that a workload still needs stays, until its manifest does without it", async () => {
  await save(site.server, place.base, { set: { PASSWORD: "two" } });
  const first = await deploy(site.server, place.base);
  expect(first.deployment, first.deployment.outcome).toMatchObject({ state: "running" });
  await save(site.server, place.base, { remove: ["PASSWORD"] });
  const app = place.base.split("/")[2] ?? "";
  const { page, complaints } = await openSignedIn(browser, site.server, `/apps/${app}/dev/deployments`);
  await page.getByRole("button", { name: "Deploy 4" }).click();
  const dialog = page.getByRole("dialog", { name: /^Deploy/u });
  await dialog.getByText("1 error").waitFor();
  await dialog.getByText("Take it out of the manifest of Deployment/web first").waitFor();
  await expectAccessible(page, "deploy-dialog-live");
  expect(complaints).toEqual([]);
  await page.close();
  expect((await deploy(site.server, place.base)).deployment).toMatchObject({ state: "failed", live: "unchanged" });
  expect(Object.keys(await mirrorData(place.namespace)).toSorted()).toEqual(["GREETING", "PASSWORD"]);

  await apply("GREETING");
  expect(await errors()).toEqual([]);
  const { deployment } = await deploy(site.server, place.base);
  expect(deployment, deployment.outcome).toMatchObject({ state: "running" });
  expect(Object.keys(await mirrorData(place.namespace))).toEqual(["GREETING"]);
  expect((await podEnvironments(place.namespace)).map((env) => env.get("GREETING"))).toEqual(["one"]);
});
