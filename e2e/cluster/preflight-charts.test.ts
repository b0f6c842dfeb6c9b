import { afterAll, beforeAll, expect, test } from "vitest";
import { chartFiles, helm, makePlace, makeSite, save, type Site } from "../harness/cluster.ts";
import { renderedCharts, shortly } from "../harness/rendered-charts.ts";
import { ask, deploy } from "../harness/server.ts";

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

test("a server finds the same in a dry run on a cluster", async () => {
  const charts = renderedCharts().filter(({ name }) => plain.has(name));
  expect(charts).toHaveLength(plain.size);
  for (const { name, folder, keys, findings } of charts) {
    const place = await makePlace(site, { chart: chartFiles({}, folder) });
    await save(site.server, place.base, { set: Object.fromEntries(keys.map((key) => [key, "value"])) });
    const { body } = await ask(site.server, `POST ${place.base}/preflight`, { body: {} });
    // The release has the app's name.
    const wanted = findings.map((text) => text.replace(/\/app(?=-| |$)/u, `/${place.base.split("/")[2]}`));
    expect(body.findings?.map(shortly).toSorted(), `${name}: ${JSON.stringify(body)}`).toEqual(wanted.toSorted());
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
