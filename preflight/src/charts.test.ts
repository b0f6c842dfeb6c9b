import { expect, test } from "vitest";
import { readChartFolder } from "../../cli/src/preflight/chart-folder.ts";
import { saved } from "../../e2e/harness/manifests.ts";
import { renderedCharts, shortly } from "../../e2e/harness/rendered-charts.ts";
import { parseManifests, preflight } from "./index.ts";

test.each(renderedCharts())("all that a careful reader finds in $name, and no more", async (chart) => {
  const { templates, required } = await readChartFolder(chart.folder);
  const { findings } = preflight({
    objects: parseManifests(chart.manifest, "manifest"),
    again: parseManifests(chart.manifest.replaceAll('"random"', '"another"'), "manifest"),
    templates,
    required,
    offline: true,
    keys: saved(...chart.keys),
    secretName: "app-secrets",
    namespace: "shop",
    helmMajor: 4,
    restart: "auto",
    helmRevision: 1,
  });
  expect(findings.map(shortly).toSorted()).toEqual([...chart.findings].toSorted());
  for (const { message, fix } of findings) expect(`${message} ${fix}`).not.toMatch(/undefined|\[object|null/u);
});
