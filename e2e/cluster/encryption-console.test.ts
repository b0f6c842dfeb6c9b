import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectAccessible, openBrowser, openSignedIn, setUp } from "../harness/browser.ts";
import { makeAuthority, type Authority } from "../harness/certificates.ts";
import { makePlace, makeSite, type Place, type Site } from "../harness/cluster.ts";
import { startEtcdDoor, startFakeEtcd } from "../harness/etcd.ts";

let authority: Authority;
let door: Awaited<ReturnType<typeof startEtcdDoor>>;
let fake: Awaited<ReturnType<typeof startFakeEtcd>>;
let browser: Browser;
const sites: Site[] = [];
const places: Place[] = [];

beforeAll(async () => {
  authority = makeAuthority();
  door = await startEtcdDoor(authority);
  fake = await startFakeEtcd(authority);
  fake.answers(200, { kvs: [{ mod_revision: "1", value: Buffer.from("k8s\0").toString("base64") }] });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  for (const place of places) await place.remove();
  for (const site of sites) await site.stop();
  door.stop();
  fake.stop();
  authority.remove();
});

/** A site that looks into this etcd, with somebody signed in at the secrets of its one environment. */
const open = async (etcd: string) => {
  const { certFile, keyFile } = authority.sign("keyroll");
  const site = await makeSite({
    KEYROLL_ETCD_ENDPOINTS: etcd,
    KEYROLL_ETCD_CA_FILE: authority.caFile,
    KEYROLL_ETCD_CERT_FILE: certFile,
    KEYROLL_ETCD_KEY_FILE: keyFile,
  });
  sites.push(site);
  await setUp(site.server);
  const place = await makePlace(site, { type: "restart" });
  places.push(place);
  const [, app = "", , env = ""] = place.base.slice(1).split("/");
  const opened = await openSignedIn(browser, site.server, `/apps/${app}/${env}/vars/secrets`);
  const head = opened.page.locator(".secrets-head");
  await head.getByText("not looked at yet").waitFor();
  return { ...opened, head, place };
};

test("from the secrets to the check and back: what was seen in etcd stands at both, with its time", async () => {
  const { page, complaints, head, place } = await open(door.url);
  await expectAccessible(page, "encryption-not-looked-at");
  await head.getByRole("link", { name: "look now" }).click();
  await page.getByRole("heading", { name: "kube", level: 1 }).waitFor();
  await page.getByText("The check below looks.").waitFor();
  await page.getByLabel("Namespace (optional)").fill(place.namespace);
  await page.getByRole("button", { name: "Check it" }).click();
  await page.getByRole("table", { name: "In order" }).getByText("encryption at rest").waitFor();
  const fact = page.locator("dd", { hasText: "verified, secretbox (k1)" });
  await fact.getByText("was read in etcd").waitFor();
  await fact.locator("time").waitFor();
  await expectAccessible(page, "encryption-connection");
  await page.goBack();
  await head.getByText("verified, secretbox (k1)").waitFor();
  expect(await head.locator("time").count()).toBe(1);
  await expectAccessible(page, "encryption-verified");
  expect(complaints).toEqual([]);
});

test("what is not encrypted is said on the secrets' own page, with what to do", async () => {
  const { page, complaints, head, place } = await open(fake.url);
  await head.getByRole("link", { name: "look now" }).click();
  await page.getByLabel("Namespace (optional)").fill(place.namespace);
  await page.getByRole("button", { name: "Check it" }).click();
  await page.getByRole("table", { name: "Advice" }).getByText("in plain text").waitFor();
  await page.goBack();
  await head.getByText("not encrypted", { exact: true }).waitFor();
  await page.locator(".banner", { hasText: "--encryption-provider-config" }).waitFor();
  await expectAccessible(page, "encryption-plain");
  expect(complaints).toEqual([]);
});
