import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { KeyrollError } from "@keyroll/contract/errors";
import { parseDotenv } from "@keyroll/pairs";
import {
  nothingParsed,
  NotYaml,
  parseManifests,
  preflight,
  type Finding,
  type ManifestObject,
  type Parsed,
} from "@keyroll/preflight";
import type { Context } from "../context.ts";
import { readChartFolder } from "./chart-folder.ts";

export interface OfflineOptions {
  readonly file: readonly string[];
  readonly set: readonly string[];
  readonly keys?: readonly string[];
  readonly keysFile?: string;
  readonly secretName: string;
  readonly namespace: string;
  readonly release?: string;
}

const execute = promisify(execFile);

/** Names, one a line; a .env text counts by its names. */
const keyNames = async (context: Context, options: OfflineOptions): Promise<string[]> => {
  if (options.keysFile === undefined) return [...(options.keys ?? [])];
  const text = await readFile(resolve(context.cwd, options.keysFile), "utf8");
  const names = text.includes("=")
    ? parseDotenv(text).entries.map(({ key }) => key)
    : text.split(/\r?\n/u).flatMap((line) => (line.trim() === "" || line.startsWith("#") ? [] : [line.trim()]));
  return [...(options.keys ?? []), ...names];
};

const noHelm = (): KeyrollError =>
  new KeyrollError("bad_request", "There is no helm here.", { next: "Install Helm, or name it by KEYROLL_HELM." });

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

const helmOf = (context: Context): string => context.env["KEYROLL_HELM"] ?? "helm";

/** Which Helm is here: 3 takes some charts that 4 refuses. */
const majorOf = async (context: Context): Promise<3 | 4> => {
  try {
    const { stdout } = await execute(helmOf(context), ["version", "--template", "{{.Version}}"], { env: context.env });
    return stdout.startsWith("v3.") ? 3 : 4;
  } catch (error) {
    throw isMissing(error) ? noHelm() : error;
  }
};

const render = async (context: Context, options: OfflineOptions, chart: string): Promise<string> => {
  const files = options.file.flatMap((file) => ["--values", resolve(context.cwd, file)]);
  const sets = options.set.flatMap((pair) => ["--set", pair]);
  try {
    const { stdout } = await execute(
      helmOf(context),
      ["template", options.release ?? "preflight", chart, "--namespace", options.namespace, ...files, ...sets],
      { maxBuffer: 64 * 1024 * 1024, env: context.env },
    );
    return stdout;
  } catch (error) {
    if (isMissing(error)) throw noHelm();
    const words = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    throw new KeyrollError("invalid", `Helm cannot render the chart: ${words.slice(0, 2000)}`, {
      field: "chart",
      next: "Correct the chart or its values.",
    });
  }
};

const read = (manifests: string, parsed: Parsed): ManifestObject[] => {
  try {
    return parseManifests(manifests, "manifest", parsed);
  } catch (error) {
    if (!(error instanceof NotYaml)) throw error;
    throw new KeyrollError("invalid", `The chart cannot be read: ${error.message}.`, {
      field: "chart",
      next: "Correct that template; `helm template` shows what it puts out.",
    });
  }
};

/**
 * Findings for a chart's folder, with the helm of this machine. What only a cluster can tell (`lookup`, what runs
 * there, how large the release gets) is left out.
 */
export const offlineFindings = async (
  context: Context,
  options: OfflineOptions,
  folder: string,
): Promise<{ readonly findings: readonly Finding[]; readonly chart: string }> => {
  if (options.keys === undefined && options.keysFile === undefined)
    throw new KeyrollError("bad_request", "Which keys are saved?", {
      field: "keys",
      next: "Give --keys A,B or --keys-file FILE.",
    });
  const keys = await keyNames(context, options);
  const path = resolve(context.cwd, folder);
  const parsed = nothingParsed();
  const [helmMajor, first, second] = await Promise.all([
    majorOf(context),
    render(context, options, path),
    render(context, options, path),
  ]);
  const objects = read(first, parsed);
  const again = read(second, parsed);
  const { name, templates, required } = await readChartFolder(path);
  const { findings } = preflight({
    objects,
    again,
    templates,
    required,
    offline: true,
    keys: new Map(keys.map((key) => [key, { bytes: 1, nul: false, utf8: true }])),
    secretName: options.secretName,
    namespace: options.namespace,
    helmMajor,
    restart: "auto",
    helmRevision: 1,
  });
  return { findings, chart: name };
};
