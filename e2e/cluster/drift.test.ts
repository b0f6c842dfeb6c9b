import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  helm,
  kubectl,
  makePlace,
  makeSite,
  mirrorData,
  pastDoubt,
  podNames,
  save,
  stepBegun,
  type Place,
  type Site,
} from "../harness/cluster.ts";
import { figuresOf } from "../harness/metrics.ts";
import { ask, askToTheEnd, deploy, deploymentEnd, until } from "../harness/server.ts";

let site: Site;
let place: Place;
let folder: string;

const sample = fileURLToPath(new URL("../../testbed/charts/sample", import.meta.url));
const releaseName = (): string => place.base.split("/")[2] ?? "";
const file = async (content: object): Promise<string> => {
  const path = join(folder, "object.json");
  await writeFile(path, JSON.stringify(content));
  return path;
};

const secret = ["secret", "app-secrets"] as const;
const base64 = (text: string): string => Buffer.from(text).toString("base64");
/** As `kubectl edit` and other tools do it: under a manager's name of their own. */
const patch = async (by: string, body: object): Promise<string> =>
  await kubectl(
    "patch",
    ...secret,
    "-n",
    place.namespace,
    "--type=merge",
    `--field-manager=${by}`,
    "-p",
    JSON.stringify(body),
  );
const live = async (): Promise<any> => JSON.parse(await kubectl("get", ...secret, "-n", place.namespace, "-o", "json"));
const drift = async (): Promise<any> => (await ask(site.server, `GET ${place.base}/drift`)).body;
const of = (found: any): unknown[] => found.drift.map((one: any) => [one.place, one.key, one.kind, one.by]);
const status = async (): Promise<any> => (await ask(site.server, `GET ${place.base}/status`)).body;
const resolve = async (body: object): Promise<any> => {
  const { revision } = (await ask(site.server, `GET ${place.base}/secrets`)).body;
  return await askToTheEnd(site.server, `POST ${place.base}/drift`, { ifMatch: revision, body });
};
const verdicts = async (): Promise<string[]> =>
  (await status()).workloads.flatMap(({ instances }: any) =>
    instances.map((one: any) => one.verdict).filter((verdict: string) => verdict !== "draining"),
  );
const settings = async (change: object): Promise<void> => {
  expect((await ask(site.server, `PATCH ${place.base}`, { body: { settings: change } })).status).toBe(200);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "keyroll-drift-"));
  site = await makeSite();
  place = await makePlace(site, {
    values: { keys: ["GREETING", "LEVEL"], replicas: 1 },
    settings: { settleSeconds: 0 },
  });
  await save(site.server, place.base, { set: { GREETING: "hello", LEVEL: "info", SPARE: "x" } });
  await deploy(site.server, place.base);
});
afterAll(async () => {
  await place?.remove();
  await site?.stop();
  await rm(folder, { recursive: true, force: true });
});

test("the Secret carries a keyed digest; what others write to its labels is no drift", async () => {
  expect(await status()).toMatchObject({ inCluster: 1, running: 1 });
  const before = await live();
  expect(before.metadata.annotations["keyroll.dev/digest"]).toMatch(/^v1\.[\w-]{43}$/u);
  await kubectl("label", ...secret, "-n", place.namespace, "team=shop");
  await kubectl("annotate", ...secret, "-n", place.namespace, "note=x");
  const found = await drift();
  expect(found).toMatchObject({ drift: [], deployed: 1, mode: "report", pausedUntil: null, unknown: null });
  expect(await status()).toMatchObject({ state: "running", drift: { entries: [], sentence: null } });
});

test("a value that was changed and changed back is no drift, and what started before runs what was deployed", async () => {
  await pastDoubt();
  expect(await drift()).toMatchObject({ drift: [] });
  for (const text of ["debug", "info"]) await patch("kubectl-patch", { data: { LEVEL: base64(text) } });
  expect(await status()).toMatchObject({ state: "running", running: 1, drift: { entries: [] } });
});

test("a merge patch, an apply and a removal are told by key, manager and time, and block the next deployment", async () => {
  await pastDoubt();
  // A key that is taken out has no time of its own: it happened after the last look.
  expect(await drift()).toMatchObject({ drift: [] });
  const began = Date.now();
  await patch("kubectl-edit", { data: { LEVEL: base64("debug") } });
  const applied = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "app-secrets" },
    data: { NEW_KEY: base64("n") },
  };
  await kubectl(
    "apply",
    "-n",
    place.namespace,
    "--server-side",
    "--field-manager=terraform",
    "-f",
    await file(applied),
  );
  await patch("kubectl-edit", { data: { SPARE: null } });
  // Whoever looks while another look is under way is told as much.
  const looks = await Promise.all([drift(), drift(), drift(), drift()]);
  const seen = [
    ["cluster", "LEVEL", "changed", "kubectl-edit"],
    ["cluster", "NEW_KEY", "added", "terraform"],
    ["cluster", "SPARE", "removed", null],
  ];
  expect(looks.map(of)).toEqual(looks.map(() => seen));
  const [found] = looks;
  for (const { at } of found.drift.slice(0, 2)) expect(Math.abs(at - began)).toBeLessThan(30_000);
  expect(JSON.stringify(found)).not.toContain("debug");
  expect((await status()).drift.sentence).toBe(
    "app-secrets was changed by kubectl-edit and terraform: LEVEL, NEW_KEY, SPARE.",
  );
  const { deployment } = await deploy(site.server, place.base);
  expect(deployment).toMatchObject({ state: "failed", live: "unchanged" });
  expect(deployment.outcome).toMatch(/kubectl-edit and terraform: LEVEL, NEW_KEY, SPARE\..*--overwrite-drift/u);
  expect((await live()).data).toMatchObject({ LEVEL: base64("debug"), NEW_KEY: base64("n") });
  // What an alarm would ring at.
  await expect
    .poll(async () => await figuresOf(site.server, place), { timeout: 10_000 })
    .toMatchObject({ keyroll_drift: 1, keyroll_last_deployment_failed: 1 });
});

test("one key is adopted as a new revision, the others are overwritten without a restart", async () => {
  const pods = await podNames(place.namespace);
  expect((await resolve({ action: "adopt", place: "cluster", keys: ["GREETING"] })).status).toBe(404);
  expect((await resolve({ action: "adopt", place: "cluster", keys: [] })).status).toBe(422);
  const adopted = await resolve({ action: "adopt", place: "cluster", keys: ["LEVEL"] });
  expect(adopted.body).toMatchObject({ revision: 2, verified: true, secrets: [{ key: "LEVEL", op: "set", bytes: 5 }] });
  expect(of(await drift()).map(([, key]: any) => key)).toEqual(["NEW_KEY", "SPARE"]);
  expect((await resolve({ action: "overwrite", place: "cluster", keys: ["NEW_KEY"] })).body).toMatchObject({
    revision: 2,
    changed: false,
  });
  // What was adopted, and what nobody decided on yet, is as they left it.
  expect(await mirrorData(place.namespace)).toEqual({ GREETING: base64("hello"), LEVEL: base64("debug") });
  expect(of(await drift()).map(([, key]: any) => key)).toContain("SPARE");
  await resolve({ action: "overwrite", place: "cluster", keys: [] });
  expect(await mirrorData(place.namespace)).toEqual({
    GREETING: base64("hello"),
    LEVEL: base64("info"),
    SPARE: base64("x"),
  });
  expect(await drift()).toMatchObject({ drift: [] });
  expect(await podNames(place.namespace)).toEqual(pods);
  expect(await verdicts()).toEqual(["current"]);
  const { items } = (await ask(site.server, `GET /audit?limit=50`)).body;
  const actions = items.map(({ action, details }: any) => [action, details.drift?.place ?? details.place]);
  expect(actions).toContainEqual(["drift.overwrite", "cluster"]);
  expect(actions).toContainEqual(["secrets.change", "cluster"]);
});

test("what was adopted from the cluster does not block; a pod that started with their values stays drifted until it restarts", async () => {
  await patch("kubectl-edit", { data: { LEVEL: base64("trace") } });
  await pastDoubt();
  await kubectl("delete", "pod", "--all", "-n", place.namespace, "--wait=true");
  await kubectl("wait", "--for=condition=Ready", "pod", "--all", "-n", place.namespace, "--timeout=60s");
  await pastDoubt();
  expect(await verdicts()).toEqual(["drifted"]);
  await resolve({ action: "overwrite", place: "cluster", keys: [] });
  expect(await verdicts()).toEqual(["drifted"]);
  await patch("kubectl-edit", { data: { LEVEL: base64("warn") } });
  expect((await resolve({ action: "adopt", place: "cluster", keys: ["LEVEL"] })).body).toMatchObject({ revision: 3 });
  const { deployment } = await deploy(site.server, place.base);
  expect(deployment).toMatchObject({ state: "running", goal: { revision: 3 } });
  expect(await mirrorData(place.namespace)).toMatchObject({ LEVEL: base64("warn") });
  expect(await verdicts()).toEqual(["current"]);
});

test("a PUT of the whole object, marks taken off, and the Secret deleted", async () => {
  const whole = await live();
  whole.data = { GREETING: base64("theirs"), SPARE: whole.data.SPARE, LEVEL: whole.data.LEVEL };
  delete whole.metadata.managedFields;
  await kubectl("replace", "--field-manager=argocd", "-f", await file(whole));
  expect(of(await drift())).toEqual([["cluster", "GREETING", "changed", "argocd"]]);
  await kubectl("label", ...secret, "-n", place.namespace, "app.kubernetes.io/managed-by-");
  expect(of(await drift())).toEqual([
    ["cluster", null, "unmarked", null],
    ["cluster", "GREETING", "changed", "argocd"],
  ]);
  expect((await resolve({ action: "adopt", place: "cluster", keys: ["GREETING"] })).body.next).toContain("--adopt");
  await resolve({ action: "overwrite", place: "cluster", keys: [] });
  expect((await live()).metadata.labels["app.kubernetes.io/managed-by"]).toBe("keyroll");
  expect(await drift()).toMatchObject({ drift: [] });
  await kubectl("delete", ...secret, "-n", place.namespace);
  expect(of(await drift())).toEqual([["cluster", null, "deleted", null]]);
  await resolve({ action: "overwrite", place: "cluster", keys: [] });
  expect(await mirrorData(place.namespace)).toEqual({
    GREETING: base64("hello"),
    LEVEL: base64("warn"),
    SPARE: base64("x"),
  });
});

test("a release that was rolled back by hand blocks, is accepted, or is deployed over with consent", async () => {
  await helm("rollback", releaseName(), "1", "-n", place.namespace);
  const [found] = (await drift()).drift;
  expect(found).toMatchObject({ place: "release", key: null, kind: "rolled-back", overwrite: null });
  expect(found.message).toMatch(/at revision 3 \(deployed, .*Rollback to 1\); deployed was revision 2\./u);
  const { deployment: blocked } = await deploy(site.server, place.base);
  expect(blocked).toMatchObject({ state: "failed", live: "unchanged" });
  expect((await resolve({ action: "overwrite", place: "release", keys: [] })).body.next).toContain("--overwrite-drift");
  expect((await resolve({ action: "adopt", place: "release", keys: [] })).status).toBe(200);
  expect(await drift()).toMatchObject({ drift: [] });
  await helm("upgrade", releaseName(), "--reuse-values", "-n", place.namespace, sample);
  expect(of(await drift())).toEqual([["release", null, "upgraded", null]]);
  const { deployment } = await deploy(site.server, place.base, { overwriteDrift: true });
  expect(deployment.state).toBe("running");
  expect(await drift()).toMatchObject({ drift: [] });
});

/** Also where drift is ignored: pods with values that nobody saved here are no goal. */
test.each(["report", "ignore"])(
  "what somebody writes in the middle of a deployment ends it, by name, and what ran before is back (%s)",
  async (mode) => {
    await settings({ drift: mode });
    const before = await status();
    await save(site.server, place.base, { set: { GREETING: `in between, ${mode}` } });
    const asked = await ask(site.server, `POST ${place.base}/deployments`, {
      // What was given once is there for the next as well.
      body: { ...(mode === "report" && { values: 'env: {BOX_DELAY: "6"}' }), overwriteDrift: true },
    });
    const { number } = asked.body.deployment;
    await stepBegun(site.server, place.base, number, "roll");
    await patch("kubectl-edit", { data: { GREETING: base64("theirs") } });
    const { deployment } = await deploymentEnd(site.server, place.base, number, 150);
    expect(deployment).toMatchObject({ state: "failed", live: "previous" });
    expect(deployment.outcome).toContain("The Secret was changed while it was deployed.");
    expect(deployment.outcome).toContain("kubectl-edit");
    expect(deployment.outcome).toContain("GREETING");
    const after = await status();
    expect([after.inCluster, after.running, after.state]).toEqual([before.inCluster, before.running, "not-live"]);
    expect((await drift()).drift).toEqual([]);
    await settings({ drift: "report" });
  },
);

test("paused and ignored drift is overwritten by a deployment; revert puts it back by itself", async () => {
  const day = 86_400_000;
  const long = await ask(site.server, `PATCH ${place.base}`, {
    body: { settings: { driftPausedUntil: Date.now() + 31 * day } },
  });
  expect(long.body).toMatchObject({ code: "invalid", field: "settings.driftPausedUntil" });
  await settings({ driftPausedUntil: Date.now() + day });
  await patch("kubectl-edit", { data: { LEVEL: base64("debug") } });
  expect((await status()).drift).toMatchObject({ entries: [{ key: "LEVEL" }], pausedUntil: expect.any(Number) });
  const { deployment, journal } = await deploy(site.server, place.base);
  expect(deployment.state).toBe("running");
  expect(journal.map(({ event }: any) => event.message)).toContain(
    "app-secrets was changed by kubectl-edit: LEVEL. It is written anew.",
  );
  await settings({ driftPausedUntil: null, drift: "ignore" });
  await patch("kubectl-edit", { data: { LEVEL: base64("debug") } });
  expect((await status()).drift).toMatchObject({ entries: [], sentence: null });
  const over = await deploy(site.server, place.base);
  expect(over.deployment, over.deployment.outcome).toMatchObject({ state: "running" });
  expect(over.journal.map(({ event }: any) => event.message)).toContain(
    "app-secrets was changed by kubectl-edit: LEVEL. It is written anew.",
  );
  expect(await mirrorData(place.namespace)).toMatchObject({ LEVEL: base64("warn") });
  await settings({ drift: "report" });
  // What a person puts back does not make Keyroll wait with what it puts back itself.
  await patch("kubectl-edit", { data: { LEVEL: base64("debug") } });
  expect((await resolve({ action: "overwrite", place: "cluster", keys: [] })).status).toBe(200);
  await settings({ drift: "revert" });
  await patch("kubectl-edit", { data: { LEVEL: base64("debug"), EXTRA: base64("e") } });
  const back = await until(
    async () => await mirrorData(place.namespace),
    (data) => data["LEVEL"] === base64("warn"),
    90,
  );
  expect(Object.keys(back).toSorted()).toEqual(["GREETING", "LEVEL", "SPARE"]);
  // Recorded when all of it is done.
  const audited = async (): Promise<unknown> =>
    (await ask(site.server, `GET /audit?limit=10`)).body.items.map(({ action, actor }: any) => [
      action,
      actor.name ?? actor,
    ]);
  await expect.poll(audited).toContainEqual(["drift.overwrite", "Keyroll (drift is put back)"]);
}, 300_000);
