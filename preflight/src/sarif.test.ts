import { expect, test } from "vitest";
import { check, env, saved, workload } from "../../e2e/harness/manifests.ts";
import { renderedCharts } from "../../e2e/harness/rendered-charts.ts";
import { ruleIds, sarifOf } from "./index.ts";

const place = (source: string): string => source.replace(/^shop\//u, "charts/shop/");
const report = (manifest: string) => sarifOf(check(manifest).findings, { version: "1.2.3", place });

test("findings are results at their template, with a rule that explains itself", () => {
  const { runs, version } = report(workload({ container: env("NOPE") }));
  expect(version).toBe("2.1.0");
  const [{ tool, results }] = runs as [(typeof runs)[number]];
  const servers = ["helm-right-missing", "field-conflict", "release-locked", "outside-release"];
  expect(tool.driver.rules.map(({ id }) => id)).toEqual([...ruleIds, ...servers]);
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
      expect(tool.driver.rules[result.ruleIndex ?? -1]?.id).toBe(result.ruleId);
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

/** What the schema of SARIF 2.1.0 lets stand in each object that is written here; it takes nothing else. */
const allowed = {
  log: ["$schema", "version", "runs"],
  run: ["tool", "results"],
  tool: ["driver"],
  driver: ["name", "semanticVersion", "rules"],
  rule: ["id", "shortDescription", "fullDescription", "help"],
  text: ["text"],
  result: ["ruleId", "ruleIndex", "level", "message", "locations", "properties"],
  location: ["physicalLocation", "logicalLocations"],
  physicalLocation: ["artifactLocation", "region"],
  artifactLocation: ["uri"],
  region: ["startLine"],
  logicalLocation: ["name", "kind", "fullyQualifiedName"],
} as const;

const has = (kind: keyof typeof allowed, object: object, required: readonly string[]): void => {
  expect(allowed[kind], kind).toEqual(expect.arrayContaining(Object.keys(object)));
  expect(Object.keys(object), kind).toEqual(expect.arrayContaining([...required]));
};

test.each(renderedCharts())("what is found in $name holds to the schema", ({ manifest, keys }) => {
  // With less than the chart reads, and more.
  const { findings } = check(manifest, { keys: saved(...keys.slice(1), "SPARE") });
  expect(findings.length).toBeGreaterThan(0);
  // As a file has it: what is undefined is not there.
  const log: ReturnType<typeof sarifOf> = JSON.parse(JSON.stringify(sarifOf(findings, { version: "1.2.3", place })));
  has("log", log, ["version", "runs"]);
  for (const run of log.runs) {
    has("run", run, ["tool"]);
    has("tool", run.tool, ["driver"]);
    has("driver", run.tool.driver, ["name"]);
    expect(run.tool.driver.semanticVersion).toMatch(/^\d+\.\d+\.\d+$/u);
    expect(new Set(run.tool.driver.rules.map(({ id }) => id)).size).toBe(run.tool.driver.rules.length);
    for (const rule of run.tool.driver.rules) {
      has("rule", rule, ["id"]);
      for (const text of [rule.shortDescription, rule.fullDescription, rule.help]) has("text", text, ["text"]);
    }
    expect(run.results).toHaveLength(findings.length);
    for (const result of run.results) {
      has("result", result, ["message"]);
      has("text", result.message, ["text"]);
      expect(["none", "note", "warning", "error"]).toContain(result.level);
      expect(run.tool.driver.rules[result.ruleIndex ?? -1]?.id).toBe(result.ruleId);
      expect(result.locations).toHaveLength(1);
      for (const { physicalLocation, logicalLocations = [], ...rest } of result.locations) {
        has("location", rest, []);
        has("physicalLocation", physicalLocation, ["artifactLocation"]);
        has("artifactLocation", physicalLocation.artifactLocation, ["uri"]);
        // A reference below the repository: no scheme, no way up, nothing that is not of a URI.
        expect(physicalLocation.artifactLocation.uri).toMatch(/^(?!\/)(?!.*\.\.\/)[\w./%~+@-]+$/u);
        has("region", physicalLocation.region, ["startLine"]);
        expect(physicalLocation.region.startLine).toBeGreaterThanOrEqual(1);
        for (const one of logicalLocations) has("logicalLocation", one, ["name"]);
      }
    }
  }
});

test("a finding of the cluster has its rule as well; one that only a newer server knows names no place in the list", () => {
  const conflict = {
    rule: "field-conflict",
    severity: "error" as const,
    object: { kind: "Deployment", namespace: null, name: "api" },
    container: null,
    key: null,
    source: null,
    message: "`kubectl` has set .spec.replicas.",
    fix: "",
  };
  const [run] = sarifOf([conflict, { ...conflict, rule: "of-tomorrow" }], { version: "1.2.3", place }).runs;
  const [first, second] = run?.results ?? [];
  expect(first).toMatchObject({ ruleId: "field-conflict", message: { text: conflict.message } });
  expect(run?.tool.driver.rules[first?.ruleIndex ?? -1]).toMatchObject({
    id: "field-conflict",
    help: { text: expect.stringContaining("keyroll deploy --force-conflicts") },
  });
  expect(second).toMatchObject({ ruleId: "of-tomorrow" });
  expect(second).not.toHaveProperty("ruleIndex");
});
