import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { KeyrollError } from "@keyroll/contract/errors";
import { parseDotenv } from "@keyroll/pairs";
import { parseManifests, preflight } from "@keyroll/preflight";
import { collect, keyList, type Verb } from "../command.ts";
import type { Context } from "../context.ts";
import { showFindings } from "../findings.ts";
import { showRestarts } from "../restarts.ts";
import { setInYaml } from "../yaml-set.ts";
import { valuesVersion } from "./values/version.ts";
import { revisionNumber } from "./secrets/get.ts";

interface Options {
  readonly chart?: string;
  readonly file: readonly string[];
  readonly set: readonly string[];
  readonly keys?: readonly string[];
  readonly keysFile?: string;
  readonly secretName: string;
  readonly namespace: string;
  readonly release?: string;
  readonly values?: string;
  readonly revision?: string;
}

const execute = promisify(execFile);

/** Names, one a line; a .env text counts by its names. */
const keyNames = async (context: Context, options: Options): Promise<string[]> => {
  if (options.keysFile === undefined) return [...(options.keys ?? [])];
  const text = await readFile(resolve(context.cwd, options.keysFile), "utf8");
  const names = text.includes("=")
    ? parseDotenv(text).entries.map(({ key }) => key)
    : text.split(/\r?\n/u).flatMap((line) => (line.trim() === "" || line.startsWith("#") ? [] : [line.trim()]));
  return [...(options.keys ?? []), ...names];
};

const render = async (context: Context, options: Options, chart: string): Promise<string> => {
  const helm = context.env["KEYROLL_HELM"] ?? "helm";
  const files = options.file.flatMap((file) => ["--values", resolve(context.cwd, file)]);
  const sets = options.set.flatMap((pair) => ["--set", pair]);
  try {
    const { stdout } = await execute(
      helm,
      [
        "template",
        options.release ?? "preflight",
        resolve(context.cwd, chart),
        "--namespace",
        options.namespace,
        ...files,
        ...sets,
      ],
      { maxBuffer: 64 * 1024 * 1024, env: context.env },
    );
    return stdout;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      throw new KeyrollError("bad_request", "There is no helm here.", {
        next: "Install Helm, or name it by KEYROLL_HELM.",
      });
    const words = error instanceof Error && "stderr" in error ? String(error.stderr).trim() : "";
    throw new KeyrollError("invalid", `Helm cannot render the chart: ${words.slice(0, 2000)}`, {
      field: "chart",
      next: "Correct the chart or its values.",
    });
  }
};

const offline = async (context: Context, options: Options, chart: string) => {
  if (options.keys === undefined && options.keysFile === undefined)
    throw new KeyrollError("bad_request", "Which keys are saved?", {
      field: "keys",
      next: "Give --keys A,B or --keys-file FILE.",
    });
  const keys = await keyNames(context, options);
  const objects = parseManifests(await render(context, options, chart), "manifest");
  const again = parseManifests(await render(context, options, chart), "manifest");
  const { findings } = preflight({
    objects,
    again,
    keys: new Map(keys.map((key) => [key, { bytes: 1, nul: false, utf8: true }])),
    secretName: options.secretName,
    namespace: options.namespace,
    helmMajor: 4,
    restart: "auto",
  });
  return { findings, restarts: [] };
};

const online = async (context: Context, options: Options) => {
  const files = await Promise.all(options.file.map(async (file) => await readFile(resolve(context.cwd, file), "utf8")));
  if (files.length > 1)
    throw new KeyrollError("bad_request", "One -f at a time: put the extra values into one file.", { field: "values" });
  const values = options.set.length === 0 ? files[0] : setInYaml(files[0] ?? "", options.set);
  const answer = await (
    await context.client()
  ).call("preflight.run", {
    params: await context.place(),
    body: {
      ...(options.release === undefined ? {} : { release: options.release }),
      ...(values === undefined ? {} : { values }),
      ...(options.values === undefined ? {} : { valuesVersion: valuesVersion(options.values) }),
      ...(options.revision === undefined ? {} : { revision: revisionNumber(options.revision) }),
    },
  });
  return answer;
};

export const preflightCommand: Verb = (command, act) => {
  command
    .option("--release <version>", "default: what the next deployment takes")
    .option("--values <version>", "a version of the Helm values, or latest; default: what the next deployment takes")
    .option("-f, --file <file>", "extra Helm values", collect, [])
    .option("--set <path=value>", "an extra Helm value", collect, [])
    .option("--revision <n>", "default: the newest saved one")
    .option("--chart <folder>", "check this chart without server or cluster, with the helm of this machine")
    .option("--keys <keys>", "with --chart: the keys that are saved", keyList)
    .option("--keys-file <file>", "with --chart: their names, one a line, or a .env (only names are read)")
    .option("--secret-name <name>", "with --chart: name of the Secret", "app-secrets")
    .option("--namespace <name>", "with --chart: the namespace", "default")
    .description("What the next deployment would run into. Changes nothing; ends with 9 when there are errors.")
    .action(
      act(async (context, options: Options) => {
        const { findings, restarts } =
          options.chart === undefined ? await online(context, options) : await offline(context, options, options.chart);
        const isStopped = findings.some(({ severity }) => severity === "error");
        if (context.globals.json === true) context.json({ findings, restarts });
        else {
          showFindings(context, findings, (text) => context.out(text));
          if (!isStopped) showRestarts(context, restarts);
        }
        return isStopped ? 9 : 0;
      }),
    );
};
