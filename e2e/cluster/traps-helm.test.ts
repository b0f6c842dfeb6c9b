import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  chartFiles,
  helm,
  kubectl,
  makePlace,
  makeSite,
  mirrorData,
  podEnvironments,
  podNames,
  save,
  stepBegun,
  type Site,
} from "../harness/cluster.ts";
import { isLongRun, recordEvidence } from "../harness/evidence.ts";
import { ask, deploy, deploymentEnd, until } from "../harness/server.ts";

// Traps of Helm, each as Helm 4 really behaves, and what Keyroll makes of it.

let site: Site;

beforeAll(async () => {
  site = await makeSite();
});
afterAll(async () => {
  await site.stop();
});

const settings = { settleSeconds: 0 };
const greetings = async (namespace: string): Promise<(string | undefined)[]> =>
  (await podEnvironments(namespace)).map((env) => env.get("GREETING"));

test("hooks before the install and the upgrade already read the new values", async () => {
  const { server } = site;
  const hook = `apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-migrate
  annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: before-hook-creation}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: migrate
          image: keyroll.test/box:1
          imagePullPolicy: Never
          command: [sh, -c, '[ "$GREETING" = "$WANT" ]']
          env:
            - {name: WANT, value: {{ .Values.want | quote }}}
            - {name: GREETING, valueFrom: {secretKeyRef: {name: app-secrets, key: GREETING}}}
`;
  const chart = chartFiles({ "templates/migrate.yaml": () => hook });
  const place = await makePlace(site, { chart, settings, values: { keys: ["GREETING"], replicas: 1, want: "one" } });
  await save(server, place.base, { set: { GREETING: "one" } });
  const first = await deploy(server, place.base);
  expect(first.deployment, first.deployment.outcome).toMatchObject({ state: "running" });
  // The chart's own trigger restarts everything, also when nothing has changed.
  const planned = (await ask(server, `POST ${place.base}/preflight`, { body: {} })).body.restarts;
  expect(planned.map(({ kind, effect }: any) => [kind, effect]).toSorted()).toEqual([
    ["Deployment", "restarts"],
    ["Job", "stays"],
  ]);
  await save(server, place.base, { set: { GREETING: "two" } });
  const second = await deploy(server, place.base, { values: "want: two\n" });
  expect(second.deployment, second.deployment.outcome).toMatchObject({ state: "running" });
  // The run of the hook that is left behind counts for nothing.
  const { workloads } = (await ask(server, `GET ${place.base}/status`)).body;
  expect(workloads.map(({ kind }: any) => kind)).toEqual(["Deployment"]);
  await place.remove();
});

test("a field that somebody else has set is found before anything changes, with manager and field; --force-conflicts takes it", async () => {
  const { server } = site;
  const place = await makePlace(site, { settings, values: { keys: ["GREETING"], replicas: 1, rollme: false } });
  await save(server, place.base, { set: { GREETING: "one" } });
  expect((await deploy(server, place.base)).deployment).toMatchObject({ state: "running" });
  const [name = ""] = (await kubectl("get", "deployments", "-n", place.namespace, "-o", "name")).trim().split("\n");
  await kubectl("scale", name, "-n", place.namespace, "--replicas=2");
  await save(server, place.base, { set: { GREETING: "two" } });
  const found = (await ask(server, `POST ${place.base}/preflight`, { body: {} })).body;
  expect(found.findings[0]).toMatchObject({ rule: "field-conflict", severity: "error" });
  expect(found.findings[0].message).toMatch(/`kubectl` has set \.spec\.replicas/u);
  expect(found.restarts).toEqual([
    expect.objectContaining({ kind: "Deployment", effect: "restarts", why: "its keys changed: GREETING" }),
  ]);
  const refused = await deploy(server, place.base);
  expect(refused.deployment).toMatchObject({ state: "failed", live: "unchanged" });
  expect(refused.deployment.outcome).toMatch(/`kubectl` has set \.spec\.replicas.*--force-conflicts/u);
  const forced = await deploy(server, place.base, { forceConflicts: true });
  expect(forced.deployment, forced.deployment.outcome).toMatchObject({ state: "running" });
  await until(
    async () => await podNames(place.namespace),
    (names) => names.length === 1,
  );

  // A name twice in one environment: Helm 4 would fail over it after the Secret was written.
  const twice = await deploy(server, place.base, { values: "env: {GREETING: fixed}\n" });
  expect(twice.deployment).toMatchObject({ state: "failed", live: "unchanged" });
  expect(twice.deployment.outcome).toContain("GREETING");
  await place.remove();
});

test("pods that a scale-up adds in the middle of a deployment are proven with the others", async () => {
  const { server } = site;
  const free = (text: string): string => text.replace(/ {2}replicas: .*\n/u, "");
  const chart = chartFiles({ "templates/deployment.yaml": free });
  const place = await makePlace(site, { chart, settings: { settleSeconds: 3 }, values: { keys: ["GREETING"] } });
  await save(server, place.base, { set: { GREETING: "one" } });
  expect((await deploy(server, place.base)).deployment).toMatchObject({ state: "running" });
  await save(server, place.base, { set: { GREETING: "two" } });
  await ask(server, `POST ${place.base}/deployments`, { body: {} });
  await stepBegun(server, place.base, 2, "settle");
  const [name = ""] = (await kubectl("get", "deployments", "-n", place.namespace, "-o", "name")).trim().split("\n");
  await kubectl("scale", name, "-n", place.namespace, "--replicas=3");
  const { deployment } = await deploymentEnd(server, place.base, 2);
  expect(deployment, deployment.outcome).toMatchObject({ state: "running" });
  expect(await greetings(place.namespace)).toEqual(["two", "two", "two"]);
  await place.remove();
});

test("a release that a killed Helm left locked: preflight finds what is wrong all the same, and says so", async () => {
  const { server } = site;
  const hook = `apiVersion: batch/v1
kind: Job
metadata: {name: {{ .Release.Name }}-slow, annotations: {helm.sh/hook: pre-upgrade}}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: slow
          image: keyroll.test/box:1
          imagePullPolicy: Never
          command: [sleep, "600"]
          env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: app-secrets, key: GREETING}}}]
`;
  const chart = chartFiles({ "templates/slow.yaml": () => hook });
  const place = await makePlace(site, { chart, settings, values: { keys: ["GREETING"], replicas: 1 } });
  await save(server, place.base, { set: { GREETING: "one" } });
  expect((await deploy(server, place.base)).deployment).toMatchObject({ state: "running" });
  const check = async (): Promise<any> =>
    (await ask(server, `POST ${place.base}/preflight`, { body: { values: "keys: [GREETNG]" } })).body;
  const before = await check();
  expect(before.findings.map(({ rule }: any) => rule)).toContain("missing-key");

  const folder = mkdtempSync(join(tmpdir(), "keyroll-chart-"));
  for (const { path, content } of chart) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), Buffer.from(content, "base64"));
  }
  const release = place.namespace.replace(/-dev$/u, "");
  const args = ["upgrade", release, folder, "--namespace", place.namespace];
  const running = spawn(process.env["KEYROLL_HELM"] ?? "helm", args, { stdio: "ignore" });
  await until(
    async () => await kubectl("get", "jobs", "-n", place.namespace, "-o", "name"),
    (jobs) => jobs.includes("-slow"),
  );
  // It is at work: no deployment ends it.
  const refused = await deploy(server, place.base);
  expect(refused.deployment).toMatchObject({ state: "failed", live: "unchanged" });
  expect(refused.deployment.outcome).toContain("a Helm that is not Keyroll's is at work on it, or died in it");
  expect((await helm("status", release, "-n", place.namespace)).toLowerCase()).toContain("status: pending-upgrade");

  const ended = once(running, "exit");
  running.kill("SIGKILL");
  await ended;
  rmSync(folder, { recursive: true });

  const locked = await check();
  expect(locked.findings.find(({ rule }: any) => rule === "release-locked")).toMatchObject({
    severity: "warning",
    message: expect.stringContaining("pending-upgrade"),
  });
  expect(locked.findings.filter(({ rule }: any) => rule !== "release-locked")).toEqual(before.findings);
  expect(locked.restarts).toEqual(before.restarts);
  await place.remove();
});

test("helm rollback by hand, a pruned history and one that is gone: status tells, undo and the next deployment go on", async () => {
  const { server } = site;
  const place = await makePlace(site, { settings, values: { keys: ["GREETING"], replicas: 1 } });
  for (const greeting of ["one", "two"]) {
    await save(server, place.base, { set: { GREETING: greeting } });
    expect((await deploy(server, place.base)).deployment).toMatchObject({ state: "running" });
  }
  const release = JSON.parse(await helm("list", "-n", place.namespace, "-o", "json"))[0].name;
  await helm("rollback", release, "1", "-n", place.namespace, "--wait");
  // Helm took the release back and not the Secret: what runs has the newer value.
  await until(
    // A pod may go between the list and the look into it.
    async () => await greetings(place.namespace).catch(() => []),
    (values) => values.length === 1 && values[0] === "two",
  );
  expect((await ask(server, `GET ${place.base}/status`)).body).toMatchObject({ inCluster: 2 });
  await kubectl("delete", "secret", "-n", place.namespace, "-l", "owner=helm,status=superseded");
  const detail = (await ask(server, `GET ${place.base}/deployments/2`)).body;
  expect(detail.undo).toMatchObject({ goal: { revision: 1 }, kept: [] });
  // What was done by hand is lost by it: that is said first.
  const body = { overwriteDrift: true };
  expect((await ask(server, `POST ${place.base}/deployments/2/undo`, { body })).status).toBe(201);
  const undone = await deploymentEnd(server, place.base, 3);
  expect(undone.deployment, undone.deployment.outcome).toMatchObject({ state: "running", goal: { revision: 1 } });
  expect(await greetings(place.namespace)).toEqual(["one"]);

  await kubectl("delete", "secret", "-n", place.namespace, "-l", "owner=helm");
  const { deployment } = await deploy(server, place.base, { revision: 2 });
  expect(deployment, deployment.outcome).toMatchObject({ state: "running", helmRevision: 1 });
  expect(await greetings(place.namespace)).toEqual(["two"]);
  await place.remove();
});

/** Pids of Helm's own processes that are at work on a namespace. */
const helmsOf = (namespace: string): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((pid) => {
      try {
        const [program = "", command] = readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0");
        const text = readFileSync(`/proc/${pid}/cmdline`, "latin1");
        return program.includes("helm") &&
          command === "upgrade" &&
          text.includes(namespace) &&
          !text.includes("--dry-run")
          ? [Number(pid)]
          : [];
      } catch {
        return [];
      }
    });

test("Helm killed at any moment: the next deployment succeeds without help", async () => {
  const { server } = site;
  const [kills, seed] = [isLongRun ? 40 : 8, Number(process.env["KEYROLL_SEED"] ?? randomInt(2 ** 31))];
  process.stdout.write(`traps: Helm killed ${kills} times, seed ${seed}\n`);
  let state = seed;
  const chance = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const place = await makePlace(site, {
    settings: { ...settings, onFailure: "hold" },
    values: { keys: ["GREETING"], replicas: 1, rollme: false },
  });
  await save(server, place.base, { set: { GREETING: "0" } });
  expect((await deploy(server, place.base)).deployment).toMatchObject({ state: "running" });
  let failed = 0;
  for (let kill = 1; kill <= kills; kill++) {
    await save(server, place.base, { set: { GREETING: String(kill) } });
    const { number } = (await ask(server, `POST ${place.base}/deployments`, { body: {} })).body.deployment;
    const pids = await until(
      async () => await Promise.resolve(helmsOf(place.namespace)),
      (found) => found.length > 0,
    );
    const wait = chance() * 500;
    await new Promise((resolve) => setTimeout(resolve, wait));
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It was faster.
      }
    }
    const first = await deploymentEnd(server, place.base, number);
    if (first.deployment.state === "failed") failed += 1;
    const next = await deploy(server, place.base);
    expect(next.deployment, `kill ${kill} after ${wait} ms: ${next.deployment.outcome}`).toMatchObject({
      state: "running",
    });
  }
  expect(await greetings(place.namespace)).toEqual([String(kills)]);
  expect(Buffer.from((await mirrorData(place.namespace))["GREETING"] ?? "", "base64").toString()).toBe(String(kills));
  recordEvidence(`Helm killed in the middle of a deployment (seed ${seed})`, {
    kills,
    "deployments that failed by it": failed,
  });
  await place.remove();
}, 900_000);
