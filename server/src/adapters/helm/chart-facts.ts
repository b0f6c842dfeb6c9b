import { requiredKeys } from "@keyroll/pairs";
import { parseDocument } from "yaml";
import type { ChartFacts, ChartText, ChartValues } from "../../ports/charts.ts";
import { isJson, text } from "../kubernetes/json.ts";
import { invalidChart, openChart, type OpenChart } from "./chart-archive.ts";

/** Characters of a values.yaml or its schema. */
const mostText = 256 * 1024;
/** Subcharts that are unpacked for their templates; each may be as large as a chart. */
const mostPacked = 40;

/** Null: there is none, or it is no YAML. */
const chartYaml = ({ read }: OpenChart): unknown => {
  const document = parseDocument(read("Chart.yaml") ?? "");
  try {
    return document.errors.length === 0 ? document.toJS({ maxAliasCount: 10 }) : null;
  } catch {
    return null;
  }
};

const contractOf = (chart: OpenChart, yaml: unknown) => ({
  annotation: text(yaml, "annotations", "keyroll.dev/requires"),
  envExample: chart.read(".env.example"),
});

/** @throws {KeyrollError} `invalid`, `limit_exceeded`. */
export const inspectChart = (tgz: Uint8Array): ChartFacts => {
  const chart = openChart(tgz);
  const value = chartYaml(chart);
  const name = text(value, "name");
  const version = text(value, "version");
  if (
    !isJson(value) ||
    name === null ||
    version === null ||
    !/^[a-z0-9][a-z0-9.-]{0,99}$/u.test(name) ||
    !/^v?\d+(\.\d+)*[0-9A-Za-z.+-]{0,100}$/u.test(version)
  ) {
    throw invalidChart("Chart.yaml needs a name (a-z, 0-9, -, .) and a version (SemVer).", "Correct Chart.yaml.");
  }
  const appVersion = value["appVersion"];
  return {
    name,
    version,
    appVersion: typeof appVersion === "string" || typeof appVersion === "number" ? String(appVersion) : null,
    description: text(value, "description"),
    requires: requiredKeys(contractOf(chart, value)).map(({ key }) => key),
  };
};

/** The chart's own values and their schema. @throws {KeyrollError} `invalid`, `limit_exceeded`. */
export const chartValues = (tgz: Uint8Array): ChartValues => {
  const { read } = openChart(tgz);
  const written = read("values.yaml") ?? "";
  const schema = read("values.schema.json");
  let parsed: unknown = null;
  try {
    parsed = schema === null || schema.length > mostText ? null : JSON.parse(schema);
  } catch {
    parsed = null;
  }
  return {
    text: written.slice(0, mostText),
    isCut: written.length > mostText,
    schema: isJson(parsed) && !Array.isArray(parsed) ? parsed : null,
  };
};

/** Templates of a chart and of its subcharts, by the path that Helm gives as `# Source:`. */
const readTemplates = (chart: OpenChart, at: string, found: Map<string, string>, left: { packed: number }): void => {
  for (const [path, content] of chart.files()) {
    if (/(?:^|\/)templates\/.*\.(?:ya?ml|tpl|txt)$/u.test(path))
      found.set(`${at}/${path}`, new TextDecoder().decode(content));
    else if (/(?:^|\/)charts\/[^/]+\.tgz$/u.test(path) && left.packed > 0) {
      left.packed -= 1;
      const inner = openChart(content);
      const name = text(chartYaml(inner), "name") ?? "";
      readTemplates(inner, `${at}/${path.replace(/[^/]+$/u, "")}${name}`, found, left);
    }
  }
};

/** What the files of a chart say. @throws {KeyrollError} `invalid`, `limit_exceeded`. */
export const chartText = (tgz: Uint8Array): ChartText => {
  const chart = openChart(tgz);
  const yaml = chartYaml(chart);
  const templates = new Map<string, string>();
  readTemplates(chart, text(yaml, "name") ?? "", templates, { packed: mostPacked });
  return { templates, ...contractOf(chart, yaml) };
};
