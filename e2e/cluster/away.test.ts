import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { makePlace, makeSite, podEnvironments, save, stepBegun, type Place, type Site } from "../harness/cluster.ts";
import { makeDoor, type Door } from "../harness/door.ts";
import { ask, deploy, deploymentEnd, until } from "../harness/server.ts";

let site: Site;
let door: Door;
let place: Place;

beforeAll(async () => {
  [site, door] = await Promise.all([makeSite(), makeDoor()]);
  const kubeconfig = door.through(readFileSync(process.env["KUBECONFIG"] ?? "", "utf8"));
  await ask(site.server, "POST /connections", {
    body: { name: "behind-door", cluster: { kind: "kubernetes", kubeconfig } },
  });
});
afterEach(async () => {
  door.shut(false);
  await place.remove();
});
afterAll(async () => {
  await site?.stop();
  door?.remove();
});

const journalOf = async (): Promise<any[]> =>
  (await ask(site.server, `GET ${place.base}/deployments/2`)).body.journal.map(({ event }: any) => event);
const waitedFor = (journal: readonly any[], from = 0): boolean =>
  journal.slice(from).some(({ message }) => /begun again/u.test(message ?? ""));
/** Each step says once that it began, however often it was begun again. */
const expectOneStartEach = (journal: readonly any[]): void => {
  const starts = journal.filter(({ type, state }) => type === "step" && state === "started");
  const names = starts.map(({ aim, step }) => `${aim} ${step}`);
  expect(names).toEqual([...new Set(names)]);
};

/** Revision 1 runs; the deployment of revision 2 has written its Secret, and then the cluster is away. */
const loseTheCluster = async (timeoutSeconds: number): Promise<void> => {
  place = await makePlace(site, {
    connection: "behind-door",
    values: { keys: ["GREETING"], replicas: 1 },
    settings: { settleSeconds: 3, timeoutSeconds: 120 },
  });
  await save(site.server, place.base, { set: { GREETING: "one" } });
  expect((await deploy(site.server, place.base)).deployment.state).toBe("running");
  await ask(site.server, `PATCH ${place.base}`, { body: { settings: { timeoutSeconds } } });
  await save(site.server, place.base, { set: { GREETING: "two" } });
  await ask(site.server, `POST ${place.base}/deployments`, { body: {} });
  await stepBegun(site.server, place.base, 2, "settle");
  door.shut(true);
  await until(journalOf, (journal) => waitedFor(journal), 60);
};

test("a deployment whose cluster is away is cancelled: its way back waits for the cluster too", async () => {
  await loseTheCluster(120);
  await ask(site.server, `POST ${place.base}/deployments/2/cancel`, { body: {} });
  const turned = await until(journalOf, (journal) => journal.some(({ aim }) => aim === "fallback"), 60);
  const from = turned.findIndex(({ aim }) => aim === "fallback");
  await until(journalOf, (journal) => waitedFor(journal, from), 60);
  // Long enough for the step to be begun again several times.
  const then = Date.now() + 7000;
  await until(journalOf, () => Date.now() > then);
  door.shut(false);
  const { deployment } = await deploymentEnd(site.server, place.base, 2, 120);
  expect(deployment, deployment.outcome).toMatchObject({ state: "cancelled", live: "previous" });
  expect((await podEnvironments(place.namespace)).map((env) => env.get("GREETING"))).toEqual(["one"]);
  expectOneStartEach(await journalOf());
}, 180_000);

test("a cluster that stays away is waited for as long as a rollout may take, and what is where is said", async () => {
  await loseTheCluster(10);
  const { deployment } = await deploymentEnd(site.server, place.base, 2, 120);
  expect(deployment, deployment.outcome).toMatchObject({ state: "failed", live: "mixed" });
  expect(deployment.outcome).toContain("The way back failed too");
  expectOneStartEach(await journalOf());
}, 180_000);
