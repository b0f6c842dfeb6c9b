import { expect, test } from "vitest";
import { check, env, workload } from "../../e2e/harness/manifests.ts";
import { ruleIds, sarifOf } from "./index.ts";

const place = (source: string): string => source.replace(/^shop\//u, "charts/shop/");
const report = (manifest: string) => sarifOf(check(manifest).findings, { version: "1.2.3", place });

test("findings are results at their template, with a rule that explains itself", () => {
  const { runs, version } = report(workload({ container: env("NOPE") }));
  expect(version).toBe("2.1.0");
  const [{ tool, results }] = runs as [(typeof runs)[number]];
  expect(tool.driver.rules.map(({ id }) => id)).toEqual(ruleIds);
  for (const rule of tool.driver.rules) {
    expect(rule.help.text.length).toBeGreaterThan(rule.shortDescription.text.length);
    expect(rule.shortDescription.text).toMatch(/\.$/u);
  }
  expect(results[0]).toEqual({
    ruleId: "missing-key",
    ruleIndex: 0,
    level: "error",
    message: { text: expect.stringContaining("needs `NOPE` of app-secrets") },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: "charts/shop/templates/api.yaml" },
          region: { startLine: 1 },
        },
        logicalLocations: [{ name: "api", kind: "resource", fullyQualifiedName: "Deployment/api/main" }],
      },
    ],
    properties: { key: "NOPE" },
  });
});

test("what SARIF requires is there: every result has text, a level and a rule of the list", () => {
  const { $schema, runs } = report(workload({ container: env("NOPE"), head: "annotations: {rollme: abcde}" }));
  expect($schema).toMatch(/sarif-2\.1\.0\.json$/u);
  for (const { tool, results } of runs) {
    expect(tool.driver.name).toBe("keyroll preflight");
    expect(results.length).toBeGreaterThan(2);
    for (const result of results) {
      expect(tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId);
      expect(["error", "warning", "note"]).toContain(result.level);
      expect(result.message.text).not.toBe("");
      expect(new URL(result.locations[0]?.physicalLocation.artifactLocation.uri ?? "", "file:///")).toBeInstanceOf(URL);
    }
  }
  // A finding of the whole chart lies in the file that every chart has.
  expect(runs[0]?.results.find(({ ruleId }) => ruleId === "unused-keys")?.locations).toMatchObject([
    { physicalLocation: { artifactLocation: { uri: "Chart.yaml" } } },
  ]);
});
