import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { requiredKeys, type RequiredKey } from "@keyroll/pairs";
import { parseDocument } from "yaml";

/** What a chart's folder says of itself, beyond what Helm renders of it. */
export interface ChartFolder {
  /** As in `# Source:`. */
  readonly name: string;
  /** Templates of the chart and of its unpacked subcharts, by the path that Helm gives as `# Source:`. */
  readonly templates: ReadonlyMap<string, string>;
  readonly required: readonly RequiredKey[];
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** Null: there is no such file. */
const readText = async (path: string): Promise<string | null> =>
  await readFile(path, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return null;
    throw error;
  });

/** Reads a chart's folder. What is no chart has no name and no templates: Helm says what is wrong with it. */
export const readChartFolder = async (folder: string): Promise<ChartFolder> => {
  const yaml = parseDocument((await readText(join(folder, "Chart.yaml"))) ?? "", { uniqueKeys: false });
  const name = textOf(yaml.get("name")) ?? "";
  const annotation = textOf(yaml.getIn(["annotations", "keyroll.dev/requires"]));
  const required = requiredKeys({ annotation, envExample: await readText(join(folder, ".env.example")) });
  const templates = new Map<string, string>();
  const walk = async (at: string): Promise<void> => {
    for (const entry of await readdir(at, { withFileTypes: true }).catch(() => [])) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) await walk(path);
      else if (/\.(?:ya?ml|tpl|txt)$/u.test(entry.name))
        templates.set(`${name}/${relative(folder, path).split(sep).join("/")}`, await readFile(path, "utf8"));
    }
  };
  const charts = async (at: string): Promise<void> => {
    await walk(join(at, "templates"));
    for (const entry of await readdir(join(at, "charts"), { withFileTypes: true }).catch(() => []))
      if (entry.isDirectory()) await charts(join(at, "charts", entry.name));
  };
  await charts(folder);
  return { name, templates, required };
};
