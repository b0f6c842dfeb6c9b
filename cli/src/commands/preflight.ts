import { readFile } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { KeyrollError } from "@keyroll/contract/errors";
import { sarifOf } from "@keyroll/preflight";
import { collect, keyList, type Verb } from "../command.ts";
import { version, type Context } from "../context.ts";
import { showFindings } from "../findings.ts";
import { offlineFindings, type OfflineOptions } from "../preflight/offline.ts";
import { showRestarts } from "../restarts.ts";
import { setInYaml } from "../yaml-set.ts";
import { valuesVersion } from "./values/version.ts";
import { revisionNumber } from "./secrets/get.ts";

interface Options extends OfflineOptions {
  readonly chart?: string;
  readonly values?: string;
  readonly revision?: string;
  readonly sarif?: boolean;
}

const onlineFindings = async (context: Context, options: Options) => {
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

/** What only the other way of checking takes would be dropped without a word. */
const refuseOthers = ({ chart, keys, keysFile, values, revision }: Options): void => {
  const others = chart === undefined ? { keys, "keys-file": keysFile } : { values, revision };
  const found = Object.entries(others).find(([, value]) => value !== undefined)?.[0];
  if (found === undefined) return;
  throw new KeyrollError(
    "bad_request",
    `--${found} ${chart === undefined ? "needs --chart" : "does not go with --chart"}.`,
    {
      field: found,
      next:
        chart === undefined
          ? "The server knows the saved keys."
          : "Give values as -f FILE or --set PATH=VALUE, keys as --keys.",
    },
  );
};

/** Paths of the repository, as code hosts show them: below the folder that was named, seen from here. */
const placeIn = (context: Context, folder: string | undefined, chart: string) => {
  if (folder === undefined) return (source: string): string => source;
  const base = relative(context.cwd, resolve(context.cwd, folder)).split(sep).join("/");
  return (source: string): string => {
    const inside = source.startsWith(`${chart}/`) ? source.slice(chart.length + 1) : source;
    return join(base, inside).split(sep).join("/");
  };
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
    .option("--sarif", "print SARIF 2.1.0, as code hosts take it")
    .description("What the next deployment would run into. Changes nothing; ends with 9 when there are errors.")
    .action(
      act(async (context, options: Options) => {
        if (options.sarif === true && context.globals.json === true)
          throw new KeyrollError("bad_request", "--sarif and --json are two forms of the same answer.", {
            field: "sarif",
            next: "Give one of them.",
          });
        refuseOthers(options);
        const { findings, restarts, chart } =
          options.chart === undefined
            ? { ...(await onlineFindings(context, options)), chart: "" }
            : { ...(await offlineFindings(context, options, options.chart)), restarts: [] };
        const isStopped = findings.some(({ severity }) => severity === "error");
        if (options.sarif === true) {
          const place = placeIn(context, options.chart, chart);
          context.out(`${JSON.stringify(sarifOf(findings, { version, place }), null, 2)}\n`);
        } else if (context.globals.json === true) context.json({ findings, restarts });
        else {
          showFindings(context, findings, (text) => context.out(text));
          if (!isStopped) showRestarts(context, restarts);
        }
        return isStopped ? 9 : 0;
      }),
    );
};
