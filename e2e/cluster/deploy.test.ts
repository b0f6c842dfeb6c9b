import { afterAll, beforeAll, expect, test } from "vitest";
import {
  instancesOf,
  envValues,
  kubectl,
  makePlace,
  makeSite,
  mirrorData,
  pastDoubt,
  podNames,
  rolloutsOf,
  save,
  chartFiles,
  type Site,
} from "../harness/cluster.ts";
import { ask, deploy, until } from "../harness/server.ts";

let site: Site;

beforeAll(async () => {
  site = await makeSite();
});
afterAll(async () => {
  await site.stop();
});

const ten = ["GREETING", "COLOUR", ...Array.from({ length: 8 }, (_, i) => `KEY_${i}`)];
const allTo = (value: string): Record<string, string> => Object.fromEntries(ten.map((key) => [key, value]));

test("eleven keys reach every pod; a save changes nothing, the next deployment everything in one rollout; a removed key goes last", async () => {
  const { server } = site;
  const place = await makePlace(site, { values: { keys: ten, replicas: 2 } });
  await save(server, place.base, { set: { ...allTo("hello 1"), SPARE: "x" } });
  const first = await deploy(server, place.base);
  expect(first.deployment).toMatchObject({ state: "running", live: "goal", goal: { revision: 1 } });
  expect(await envValues(place.namespace, "GREETING")).toEqual(["hello 1", "hello 1"]);
  const status = (await ask(server, `GET ${place.base}/status`)).body;
  expect(status).toMatchObject({ saved: 1, inCluster: 1, running: 1, state: "running" });
  const instances = status.workloads.flatMap((workload: any) => workload.instances);
  expect(instances).toHaveLength(2);
  for (const instance of instances) expect(instance).toMatchObject({ verdict: "current", revision: 1 });
  expect(Math.max(...instances.map((instance: any) => instance.evidence))).toBeLessThanOrEqual(3);

  await save(server, place.base, { set: allTo("hello 2"), remove: ["SPARE"] });
  const [victim = ""] = await podNames(place.namespace);
  await kubectl("delete", "pod", victim, "-n", place.namespace, "--wait=true");
  await until(
    async () => await podNames(place.namespace),
    (names) => names.length === 2 && !names.includes(victim),
  );
  await kubectl("wait", "--for=condition=Ready", "pod", "--all", "-n", place.namespace, "--timeout=60s");
  expect(await envValues(place.namespace, "GREETING")).toEqual(["hello 1", "hello 1"]);

  // A container that crashes reads the Secret again in the same pod, and so does each pod that a scale-up adds.
  await pastDoubt(first.deployment.endedAt);
  const [crashed = ""] = (await podNames(place.namespace)).filter((name) => name !== victim);
  const uid = await kubectl("get", "pod", crashed, "-n", place.namespace, "-o", "jsonpath={.metadata.uid}");
  // The command may end with the container, and then with its complaint; that it crashed is seen below.
  await kubectl("exec", crashed, "-n", place.namespace, "--", "kill", "-TERM", "1").catch(() => undefined);
  const deploymentName = await kubectl("get", "deployments", "-n", place.namespace, "-o", "name");
  await kubectl("scale", deploymentName.trim(), "-n", place.namespace, "--replicas=3");
  const pods = await until(
    async () => JSON.parse(await kubectl("get", "pods", "-n", place.namespace, "-o", "json")).items,
    (items) =>
      items.length === 3 &&
      items.every(({ status: { containerStatuses: [one] = [] } }: any) => one?.ready === true) &&
      items.some(({ status }: any) => status.containerStatuses[0].restartCount > 0),
    60,
  );
  const again = pods.filter(({ status }: any) => status.containerStatuses[0].restartCount > 0);
  expect(again.map(({ metadata }: any) => [metadata.name, metadata.uid])).toEqual([[crashed, uid]]);
  expect(await envValues(place.namespace, "GREETING")).toEqual(["hello 1", "hello 1", "hello 1"]);
  expect((await ask(server, `GET ${place.base}/status`)).body).toMatchObject({
    saved: 2,
    inCluster: 1,
    running: 1,
    state: "not-live",
  });
  const told = await instancesOf(server, place.base);
  expect(told.map(({ name, verdict, revision }) => [name, verdict, revision]).toSorted()).toEqual(
    pods.map(({ metadata }: any) => [metadata.name, "current", 1]).toSorted(),
  );

  const before = await rolloutsOf(place.namespace);
  expect(before.replicaSets).toBe(1);
  // Who has scaled it owns the figure: the chart's is wanted back.
  const second = await deploy(server, place.base, { forceConflicts: true });
  expect(second.deployment).toMatchObject({ state: "running", goal: { revision: 2 }, fallback: { revision: 1 } });
  expect(await envValues(place.namespace, "GREETING")).toEqual(["hello 2", "hello 2"]);
  expect(Object.keys(await mirrorData(place.namespace)).toSorted()).toEqual(ten.toSorted());
  expect(await rolloutsOf(place.namespace)).toEqual({
    generations: before.generations.map((generation) => generation + 1),
    replicaSets: 2,
  });
  const log = second.journal
    .filter((line: any) => line.event.type === "step" && line.event.state === "done")
    .map((line: any) => `${line.event.step}: ${line.event.message}`);
  expect(log.find((line: string) => line.startsWith("write:"))).toContain("1 removed key stays");
  expect(log.at(-1)).toContain("Removed from the Secret: SPARE");
  await place.remove();
});

test("100 keys with nasty values arrive byte for byte", async () => {
  const { server } = site;
  const place = await makePlace(site, { values: { keys: [], allKeys: false, mount: true, replicas: 1 } });
  const set: Record<string, unknown> = {};
  for (let i = 0; i < 99; i++)
    set[`KEY_${i}`] = `${i}'"\`$(id) \${X} \\n\r\n\t{{ .Values.x }} \u00e9\u{1F600}${"=".repeat(i)}`;
  set["key.binary-0"] = { base64: Buffer.from(Uint8Array.from({ length: 256 }, (_, i) => i)).toString("base64") };
  await save(server, place.base, { set });
  const { deployment } = await deploy(server, place.base);
  expect(deployment.state).toBe("running");
  const expected = Object.fromEntries(
    Object.entries(set).map(([key, value]) => [
      key,
      typeof value === "string" ? Buffer.from(value).toString("base64") : (value as { base64: string }).base64,
    ]),
  );
  expect(await mirrorData(place.namespace)).toEqual(expected);
  const [pod = ""] = await podNames(place.namespace);
  const files = await kubectl(
    "exec",
    "-n",
    place.namespace,
    pod,
    "--",
    "sh",
    "-c",
    "cd /secrets; for f in KEY_7 key.binary-0; do base64 -w0 $f; echo; done",
  );
  expect(files.trim().split("\n")).toEqual([expected["KEY_7"], expected["key.binary-0"]]);
  await place.remove();
});

test("a chart without a roll annotation: only the workload whose own keys changed restarts", async () => {
  const { server } = site;
  const second = (text: string): string =>
    text
      .replaceAll("{{ .Release.Name }}", "{{ .Release.Name }}-two")
      .replace("range .Values.keys }}\n            - name", "range .Values.twoKeys }}\n            - name");
  const deployment = chartFiles().find(({ path }) => path === "templates/deployment.yaml")?.content ?? "";
  const two = second(Buffer.from(deployment, "base64").toString("utf8"));
  const place = await makePlace(site, {
    chart: chartFiles({ "templates/two.yaml": () => two, "values.yaml": (text) => `${text}\ntwoKeys: [COLOUR]\n` }),
    values: { keys: ["GREETING"], replicas: 1, rollme: false },
  });
  await save(server, place.base, { set: { GREETING: "1", COLOUR: "red" } });
  expect((await deploy(server, place.base)).deployment.state).toBe("running");
  const before = await podNames(place.namespace);
  const planned = await ask(server, `POST ${place.base}/secrets/plan`, { body: { set: { COLOUR: "blue" } } });
  expect(planned.body.restarts.map((one: any) => one.name.endsWith("two"))).toEqual([true]);
  await save(server, place.base, { set: { COLOUR: "blue" } });
  const review = (await ask(server, `POST ${place.base}/preflight`, { body: {} })).body.restarts;
  expect(review.map(({ name, effect, why }: any) => [name.endsWith("two"), effect, why]).toSorted()).toEqual([
    [false, "stays", "its keys are unchanged"],
    [true, "restarts", "its keys changed: COLOUR"],
  ]);
  const { deployment: done } = await deploy(server, place.base);
  expect(done).toMatchObject({ state: "running", goal: { revision: 2 } });
  const after = await podNames(place.namespace);
  expect(before.filter((name) => after.includes(name))).toHaveLength(1);
  const { workloads } = (await ask(server, `GET ${place.base}/status`)).body;
  const verdicts = workloads.flatMap((workload: any) =>
    workload.instances
      .filter((one: any) => one.verdict !== "draining")
      .map((one: any) => [workload.name.endsWith("two"), one.verdict, one.unchangedSince]),
  );
  expect(verdicts.toSorted()).toEqual([
    [false, "current", 1],
    [true, "current", null],
  ]);

  // Asked for, everything restarts; and what was restarted so stays, when the next deployment changes nothing.
  expect((await deploy(server, place.base, { restart: "all" })).deployment.state).toBe("running");
  const restarted = await podNames(place.namespace);
  expect(restarted.filter((name) => after.includes(name))).toEqual([]);
  expect((await deploy(server, place.base)).deployment.state).toBe("running");
  expect((await podNames(place.namespace)).toSorted()).toEqual(restarted.toSorted());
  await place.remove();
});

test("where only the chart restarts, a checksum of its own files restarts nothing, and the plan says so beforehand", async () => {
  const { server } = site;
  const checksum = (text: string): string =>
    text.replace(
      /^( +)metadata:\n( +)labels: (.*)$/mu,
      '$1metadata:\n$2annotations: {checksum/config: {{ .Files.Get "values.yaml" | sha256sum }}}\n$2labels: $3',
    );
  const chart = chartFiles({ "templates/deployment.yaml": checksum });
  const values = { keys: ["GREETING"], replicas: 1, rollme: false };
  const place = await makePlace(site, { chart, settings: { settleSeconds: 0, restart: "chart" }, values });
  await save(server, place.base, { set: { GREETING: "one" } });
  expect((await deploy(server, place.base)).deployment).toMatchObject({ state: "running" });
  const before = await podNames(place.namespace);
  const plan = async (): Promise<any> =>
    (await ask(server, `POST ${place.base}/secrets/plan`, { body: { set: { GREETING: "two" } } })).body.restarts;
  expect(await plan()).toEqual([]);
  await save(server, place.base, { set: { GREETING: "two" } });
  const review = (await ask(server, `POST ${place.base}/preflight`, { body: {} })).body.restarts;
  expect(review).toMatchObject([
    { effect: "stays", why: expect.stringContaining("though its keys changed: GREETING") },
  ]);
  await deploy(server, place.base, { restart: "none" });
  expect(await podNames(place.namespace)).toEqual(before);
  // With Keyroll's own annotation it does.
  await ask(server, `PATCH ${place.base}`, { body: { settings: { restart: "auto" } } });
  expect(await plan()).toHaveLength(1);
  await place.remove();
});

test("a failing chart: the old pods keep serving, the previous secrets are back, the reason is the pod's own", async () => {
  const { server } = site;
  const place = await makePlace(site, {
    values: { keys: ["GREETING", "PASSWORD"], replicas: 1, env: { BOX_FAIL_IF: "GREETING=bad" } },
    settings: { crashGraceSeconds: 5, timeoutSeconds: 90 },
  });
  await save(server, place.base, { set: { GREETING: "good", PASSWORD: "old" } });
  expect((await deploy(server, place.base)).deployment.state).toBe("running");
  await save(server, place.base, { set: { GREETING: "bad", PASSWORD: "new" }, retiresOld: ["PASSWORD"] });
  const { deployment } = await deploy(server, place.base, {}, 170);
  expect(deployment).toMatchObject({ state: "failed", live: "previous" });
  expect(deployment.outcome).toMatch(/CrashLoopBackOff/u);
  const data = await mirrorData(place.namespace);
  expect(Buffer.from(data["GREETING"] ?? "", "base64").toString()).toBe("good");
  // A rotated password does not come back.
  expect(Buffer.from(data["PASSWORD"] ?? "", "base64").toString()).toBe("new");
  expect(await envValues(place.namespace, "GREETING")).toEqual(["good"]);
  await place.remove();
}, 300_000);

test("a missing key is found before anything changes, with the name that was meant", async () => {
  const { server } = site;
  const place = await makePlace(site, { values: { keys: ["DATABASE_URL"], replicas: 1 } });
  await save(server, place.base, { set: { DATABSE_URL: "postgres://x" } });
  const { deployment } = await deploy(server, place.base);
  expect(deployment).toMatchObject({ state: "failed", live: "unchanged" });
  expect(deployment.outcome).toContain("Did you mean `DATABSE_URL`?");
  await expect(mirrorData(place.namespace)).rejects.toThrow(/not found/u);
  await place.remove();
});

test("a kubeconfig that starts a program is refused by the field's name", async () => {
  const kubeconfig = `
apiVersion: v1
kind: Config
current-context: x
contexts: [{name: x, context: {cluster: x, user: x}}]
clusters: [{name: x, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: x, user: {exec: {command: touch, args: [/tmp/keyroll-was-here], apiVersion: client.authentication.k8s.io/v1}}}]
`;
  const refused = await ask(site.server, "POST /connections", {
    body: { name: "evil", cluster: { kind: "kubernetes", kubeconfig } },
  });
  expect(refused.status).toBe(422);
  expect(refused.body).toMatchObject({ code: "invalid", field: "kubeconfig.user.exec" });
  expect(refused.body.next).toContain("kubectl create token");
});
