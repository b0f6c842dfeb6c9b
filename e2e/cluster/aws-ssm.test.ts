import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../harness/browser.ts";
import {
  kubectl,
  kubectlWith,
  makePlace,
  makeSite,
  mirrorData,
  podEnvironments,
  type Place,
  type Site,
} from "../harness/cluster.ts";
import { otherProgram, startParameterStore, type ParameterStore } from "../harness/parameter-store.ts";
import { openSecretsPage, type SecretsPage } from "../harness/secrets-page.ts";
import { ask, askToTheEnd, deploy } from "../harness/server.ts";

const region = "eu-west-1";
const prefix = `cluster-${process.pid}`;
const sizes = { keys: ["GREETING", "COLOUR"], replicas: 2 };

let emulator: ParameterStore;
let site: Site;
let browser: Browser;
let place: Place;
let secrets: SecretsPage;
let app = "";

beforeAll(async () => {
  emulator = await startParameterStore();
  site = await makeSite({
    AWS_ENDPOINT_URL_SSM: emulator.url,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  });
  const kubeconfig = readFileSync(process.env["KUBECONFIG"] ?? "", "utf8");
  const made = await ask(site.server, "POST /connections", {
    body: {
      name: "kube-aws",
      cluster: { kind: "kubernetes", kubeconfig },
      store: { kind: "aws-ssm", settings: { region, prefix } },
    },
  });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  place = await makePlace(site, { connection: "kube-aws", values: sizes });
  app = place.base.split("/")[2] ?? "";
  browser = await openBrowser();
  secrets = await openSecretsPage(browser, site.server, { first: true });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await place?.remove();
  await site?.stop();
  emulator?.stop();
});

const values = async (key: string): Promise<(string | undefined)[]> =>
  (await podEnvironments(place.namespace)).map((environment) => environment.get(key));

/** Presses the page's Deploy button and waits for the proof. */
const deployInPage = async (revision: number): Promise<void> => {
  const { page } = secrets;
  await page.getByRole("button", { name: `Deploy ${revision}` }).click();
  await secrets
    .dialog()
    .getByRole("button", { name: `Deploy ${revision}` })
    .and(page.locator(":not([aria-disabled])"))
    .click();
  await page.getByText(`Revision ${revision} is running.`).first().waitFor({ timeout: 90_000 });
};

test("saved in the console, the values lie in Parameter Store, and a deployment brings them to the pods", async () => {
  const { page, complaints } = secrets;
  const address = `${site.server.url}/apps/${app}/dev/vars/secrets`;
  const others = otherProgram(emulator, region);
  await page.goto(address);
  await page.getByRole("button", { name: "Add one by hand" }).click();
  await page.getByLabel("Key", { exact: true }).fill("GREETING");
  await page.getByLabel("Value", { exact: true }).fill("hello from the console");
  await page.keyboard.press("Enter");
  await secrets.add("COLOUR", "red");
  await secrets.save("first");
  await page.getByText("Saved as revision 1, verified.").first().waitFor();
  expect(await others.get(`/${prefix}/${app}/dev/GREETING`)).toBe("hello from the console");
  expect(await others.list(`/${prefix}/${app}/dev`)).toEqual({ COLOUR: 1, GREETING: 1 });
  await deployInPage(1);
  expect(await values("GREETING")).toEqual(["hello from the console", "hello from the console"]);

  await page.goto(address);
  await secrets.change("COLOUR", "blue");
  await secrets.save();
  await page.getByText("Saved as revision 2, verified.").first().waitFor();
  // One put for one change: the other parameter stands as it was.
  expect(await others.list(`/${prefix}/${app}/dev`)).toEqual({ COLOUR: 2, GREETING: 1 });
  expect(await values("COLOUR")).toEqual(["red", "red"]);
  await deployInPage(2);
  expect(await values("COLOUR")).toEqual(["blue", "blue"]);
  expect(await mirrorData(place.namespace)).toEqual({
    COLOUR: Buffer.from("blue").toString("base64"),
    GREETING: Buffer.from("hello from the console").toString("base64"),
  });
  expect((await ask(site.server, `GET ${place.base}/status`)).body).toMatchObject({
    saved: 2,
    inCluster: 2,
    running: 2,
    state: "running",
  });
  expect(complaints).toEqual([]);
});

test("a parameter that was deleted by others is put back from the cluster, and only as it was saved", async () => {
  const { server } = site;
  const others = otherProgram(emulator, region);
  const parameter = `/${prefix}/${app}/dev/COLOUR`;
  await others.remove(parameter);
  const found = (await ask(server, `GET ${place.base}/drift`)).body;
  expect(found.drift).toMatchObject([{ key: "COLOUR", kind: "missing", overwrite: "cluster" }]);
  const overwrite = async () =>
    await askToTheEnd(server, `POST ${place.base}/drift`, {
      ifMatch: 2,
      body: { action: "overwrite", keys: ["COLOUR"] },
    });
  const data = (value: string): string => JSON.stringify({ data: { COLOUR: Buffer.from(value).toString("base64") } });
  const patch = ["-n", place.namespace, "patch", "secret", "app-secrets", "--type=merge", "-p"];
  await kubectl(...patch, data("gray"));
  // As long as what was saved, and another value: it is not taken for it.
  expect((await overwrite()).body).toMatchObject({ code: "integrity", key: "COLOUR", changed: false });
  expect(await others.get(parameter)).toBeUndefined();
  await kubectl(...patch, data("blue"));
  expect((await overwrite()).body).toMatchObject({ revision: 3, verified: true, secrets: [], warnings: [] });
  expect(await others.get(parameter)).toBe("blue");
  expect((await ask(server, `GET ${place.base}/drift`)).body.drift).toEqual([]);
});

test("a key that others changed in the store and in the cluster at once is told twice, and each is decided by itself", async () => {
  const { server } = site;
  // The value that revision 2 names went with the parameter.
  expect((await deploy(server, place.base)).deployment).toMatchObject({ state: "running", goal: { revision: 3 } });
  await otherProgram(emulator, region).put(`/${prefix}/${app}/dev/COLOUR`, "green");
  const data = JSON.stringify({ data: { COLOUR: Buffer.from("gray").toString("base64") } });
  await kubectl("-n", place.namespace, "patch", "secret", "app-secrets", "--type=merge", "-p", data);
  const found = async (): Promise<unknown[]> =>
    (await ask(server, `GET ${place.base}/drift`)).body.drift.map(({ place: where, key }: any) => [where, key]);
  expect(await found()).toEqual([
    ["store", "COLOUR"],
    ["cluster", "COLOUR"],
  ]);
  const resolve = async (ifMatch: number, body: object): Promise<any> =>
    (await askToTheEnd(server, `POST ${place.base}/drift`, { ifMatch, body })).body;
  const adopted = await resolve(3, { action: "adopt", place: "store", keys: ["COLOUR"] });
  expect(adopted).toMatchObject({ revision: 4, verified: true });
  // What is deployed is an older revision: the cluster is held against that one.
  expect(await found()).toEqual([["cluster", "COLOUR"]]);
  await resolve(4, { action: "overwrite", place: "cluster", keys: ["COLOUR"] });
  expect(await found()).toEqual([]);
  expect((await mirrorData(place.namespace))["COLOUR"]).toBe(Buffer.from("blue").toString("base64"));
  expect((await ask(server, `GET ${place.base}/status`)).body).toMatchObject({ saved: 4, inCluster: 3 });
});

test("a path is compared with a Secret that nobody has taken over yet: by key, recorded, without a value", async () => {
  const { server } = site;
  const canary = "canary-compared-7d21";
  const others = otherProgram(emulator, region);
  const path = `/${prefix}-old`;
  await others.put(`${path}/SAME`, canary);
  await others.put(`${path}/OTHER`, `${canary}-there`);
  await others.put(`${path}/only-there`, canary);
  const data = Object.fromEntries(
    Object.entries({ SAME: canary, OTHER: canary, HERE: "\u0000\u00ff" }).map(([key, value]) => [
      key,
      Buffer.from(value, "latin1").toString("base64"),
    ]),
  );
  await kubectlWith(
    { apiVersion: "v1", kind: "Secret", metadata: { name: "old" }, data },
    "-n",
    place.namespace,
    "apply",
  );
  const compare = async (namespace: string, secret: string, from: object) =>
    await ask(server, `POST /connections/kube-aws/namespaces/${namespace}/compare`, { body: { secret, from } });
  const { status, body } = await compare(place.namespace, "old", { ssmPath: `${path}/` });
  expect([status, body.path, body.region, body.errors]).toEqual([200, path, region, []]);
  expect(body.keys).toEqual([
    { key: "HERE", status: "only-secret" },
    { key: "OTHER", status: "different" },
    { key: "SAME", status: "same" },
    { key: "only-there", status: "only-path" },
  ]);
  const entries = (await ask(server, "GET /audit")).body.items;
  expect(entries.find(({ action }: any) => action === "connections.comparePath").details).toEqual({
    connection: "kube-aws",
    namespace: place.namespace,
    secret: "old",
    path,
    region,
  });
  expect(JSON.stringify([body, entries])).not.toContain(canary);
  expect(server.output()).not.toContain(canary);

  // What is an environment's has doors of its own, on both sides.
  const ours = await compare(place.namespace, "app-secrets", { ssmPath: path });
  expect(ours.body).toMatchObject({ code: "invalid", field: "secret", changed: false });
  const held = await compare(place.namespace, "old", { ssmPath: `/${prefix}/${app}/dev` });
  expect(held.body).toMatchObject({ code: "in_use", field: "from.ssmPath" });
  expect((await compare("..%2F..%2Fnodes", "old", { ssmPath: path })).body).toMatchObject({ field: "namespace" });
  expect((await ask(server, "GET /connections/kube-aws/namespaces/..%2F..%2Fnodes")).body).toMatchObject({
    code: "invalid",
    field: "namespace",
  });
});
