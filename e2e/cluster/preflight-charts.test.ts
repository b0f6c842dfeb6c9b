import { afterAll, beforeAll, expect, test } from "vitest";
import {
  chartFiles,
  helm,
  makePlace,
  makeSite,
  mirrorData,
  podEnvironments,
  podNames,
  save,
  type Site,
} from "../harness/cluster.ts";
import { renderedCharts, shortly } from "../harness/rendered-charts.ts";
import { ask, deploy, until } from "../harness/server.ts";

/** The charts of preflight's fixtures with the real Helm: as text, and as a server's dry run on a cluster. */

let site: Site;

beforeAll(async () => {
  site = await makeSite();
});

afterAll(async () => {
  await site.stop();
});

const withoutChance = (text: string, model: string): string => {
  const lines = model.split("\n");
  return text
    .split("\n")
    .map((line, at) => (lines[at]?.endsWith('"random"') === true ? line.replace(/"\w+"$/u, '"random"') : line))
    .join("\n");
};

test.each(renderedCharts())("Helm renders $name as it is kept here", async ({ folder, manifest }) => {
  const text = await helm("template", "app", folder, "--namespace", "shop");
  expect(withoutChance(text, manifest)).toBe(manifest);
});

/** Charts of kinds that every cluster has. */
const plain = new Set(["postgresql", "grafana", "airflow", "shop", "keycloak"]);

/** What a dry run on the cluster finds in one of them, and what is to be found there: the release has the app's name. */
const compared = async (on: Site, base: string, { findings }: { readonly findings: readonly string[] }) => {
  const { body } = await ask(on.server, `POST ${base}/preflight`, { body: {} });
  const wanted = findings.map((text) => text.replace(/\/app(?=-| |$)/u, `/${base.split("/")[2]}`));
  return { body, found: body.findings?.map(shortly).toSorted(), wanted: wanted.toSorted() };
};

test("a server finds the same in a dry run on a cluster", async () => {
  const charts = renderedCharts().filter(({ name }) => plain.has(name));
  expect(charts).toHaveLength(plain.size);
  for (const { name, folder, keys, findings } of charts) {
    const place = await makePlace(site, { chart: chartFiles({}, folder) });
    await save(site.server, place.base, { set: Object.fromEntries(keys.map((key) => [key, "value"])) });
    const { body, found, wanted } = await compared(site, place.base, { findings });
    expect(found, `${name}: ${JSON.stringify(body)}`).toEqual(wanted);
    await place.remove();
  }
});

test("a key of the chart's own contract stops a deployment, until somebody passes over it", async () => {
  const chart = chartFiles({ ".env.example": () => "GREETING=\nLICENSE=\n" });
  const place = await makePlace(site, { chart, values: { keys: [], allKeys: true, replicas: 1 } });
  const { body: releases } = await ask(site.server, `GET /apps/${place.base.split("/")[2]}/releases`);
  expect(releases.items[0].requires).toEqual(["GREETING", "LICENSE"]);
  await save(site.server, place.base, { set: { GREETING: "hello" } });
  const stopped = await deploy(site.server, place.base);
  expect(stopped.deployment).toMatchObject({ state: "failed", live: "unchanged" });
  expect(stopped.journal.map(({ event }: any) => event.finding).find(Boolean)).toMatchObject({
    rule: "required-key-missing",
    severity: "error",
    key: "LICENSE",
    source: ".env.example",
  });
  const { deployment } = await deploy(site.server, place.base, { ignorePreflight: ["required-key-missing"] });
  expect(deployment, deployment.outcome).toMatchObject({
    state: "running",
    ignorePreflight: ["required-key-missing"],
  });
  await place.remove();
});

test.each([
  [3, "3 installs it once, and every upgrade after that fails"],
  [4, "4 refuses to install this"],
])("rollme one level too high: with Helm %i it is found before anything is written", async (major, consequence) => {
  const chart = renderedCharts().find(({ name }) => name === "n8n")!;
  const on = await makeSite(major === 3 ? { KEYROLL_HELM: process.env["KEYROLL_HELM3"] ?? "" } : {});
  try {
    const place = await makePlace(on, { chart: chartFiles({}, chart.folder) });
    await save(on.server, place.base, { set: { N8N_ENCRYPTION_KEY: "value" } });
    const { found, wanted } = await compared(on, place.base, chart);
    expect(found).toEqual(wanted);
    const { deployment } = await deploy(on.server, place.base);
    expect(deployment).toMatchObject({ state: "failed", live: "unchanged" });
    expect(deployment.outcome).toContain(`stand directly below the pod template; Helm ${consequence}.`);
    expect(deployment.outcome).toContain("move them one level down: spec.template.metadata.annotations.");
    await expect(mirrorData(place.namespace)).rejects.toThrow(/not found/u);
    expect(
      JSON.parse(await helm("list", "--all-namespaces", "-o", "json")).map(({ namespace }: any) => namespace),
    ).not.toContain(place.namespace);
    await place.remove();
  } finally {
    await on.stop();
  }
});

test("a plain Job with rollme is refused; passed over, no upgrade gets past it, and what is told is the truth", async () => {
  const { server } = site;
  const job = (name: string): string => `apiVersion: batch/v1
kind: Job
metadata: {name: ${name}}
spec:
  template:
    metadata: {annotations: {rollme: {{ randAlphaNum 5 | quote }}}}
    spec:
      restartPolicy: Never
      containers: [{name: seed, image: keyroll.test/box:1, imagePullPolicy: Never, command: ["true"]}]
`;
  const seed = "{{ .Release.Name }}-seed";
  const chart = chartFiles({ "templates/seed.yaml": () => job(seed) });
  const values = { keys: ["GREETING"], replicas: 1, rollme: false };
  const place = await makePlace(site, { chart, settings: { settleSeconds: 0 }, values });
  await save(server, place.base, { set: { GREETING: "one" } });
  /** Of the pods that stay, when the Job's have ended. */
  const greetings = async (): Promise<(string | undefined)[]> => {
    await until(
      async () => await podNames(place.namespace),
      (names) => names.length === 1 && !names[0]?.includes("-seed"),
    );
    return (await podEnvironments(place.namespace)).map((env) => env.get("GREETING"));
  };
  const refused = await deploy(server, place.base);
  expect(refused.deployment).toMatchObject({ state: "failed", live: "unchanged" });
  expect(refused.deployment.outcome).toContain("a Job's template cannot change, so every upgrade fails");
  await expect(mirrorData(place.namespace)).rejects.toThrow(/not found/u);

  const over = { ignorePreflight: ["job-random-annotation"] };
  const first = await deploy(server, place.base, over);
  expect(first.deployment, first.deployment.outcome).toMatchObject({ state: "running" });
  await save(server, place.base, { set: { GREETING: "two" } });
  const { deployment } = await deploy(server, place.base, over);
  // The way back is an upgrade too, of the same chart.
  expect(deployment, deployment.outcome).toMatchObject({ state: "failed", live: "mixed" });
  expect(deployment.outcome).toMatch(
    /: field is immutable\. .*The way back failed too \(roll\):.*: field is immutable\. /u,
  );
  expect(Buffer.from((await mirrorData(place.namespace))["GREETING"] ?? "", "base64").toString()).toBe("one");
  expect(await greetings()).toEqual(["one"]);

  // What the finding says to do.
  const fixed = chartFiles({
    "templates/seed.yaml": () => job(`${seed}-{{ .Release.Revision }}`),
    "Chart.yaml": (text) => text.replace(/^version: .*/mu, "version: 9.9.9"),
  });
  const pushed = await ask(server, `POST /apps/${place.base.split("/")[2]}/releases`, { body: { files: fixed } });
  expect(pushed.status).toBe(201);
  const last = await deploy(server, place.base, { release: "latest" });
  expect(last.deployment, last.deployment.outcome).toMatchObject({ state: "running", goal: { revision: 2 } });
  expect(await greetings()).toEqual(["two"]);
  await place.remove();
});
