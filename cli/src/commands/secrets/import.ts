import { count, isRiskyKey } from "@keyroll/pairs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Option } from "commander";
import type { ReplyOf, Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { keyList, type Verb } from "../../command.ts";
import type { Context } from "../../context.ts";
import { table } from "../../format.ts";
import { lasting } from "../../lasting.ts";
import { reportSame, reportSaved, saveFacts, type SaveOptions } from "../../save.ts";

interface Options extends SaveOptions {
  readonly format?: "dotenv" | "json" | "yaml";
  readonly replace?: boolean;
  readonly dryRun?: boolean;
  readonly ssmPath?: string;
  readonly region?: string;
  readonly shellNames?: boolean;
}

type Plan = ReplyOf<Routes["secrets.import"]>;

const show = (context: Context, plan: Plan): void => {
  context.say(
    table(
      ["KEY", "LINE", "SIZE", "STATUS"],
      plan.entries.map(({ key, line, bytes, lines, status }) => [
        key,
        line === 0 ? "-" : String(line),
        `${count(bytes, "byte")}${lines > 1 ? `, ${lines} lines` : ""}`,
        status,
      ]),
    ).trimEnd(),
  );
  for (const { key, line, notices } of plan.entries)
    for (const { message } of notices) context.say(`note, ${line === 0 ? key : `line ${line}, ${key}`}: ${message}`);
  for (const { message } of plan.notices) context.say(`note: ${message}`);
  for (const key of plan.removed) context.say(`will be removed: ${key}`);
  for (const { line, message } of plan.errors)
    context.say(`error${line === 0 || message.startsWith("Line ") ? "" : `, line ${line}`}: ${message}`);
};

const readText = async (context: Context, file: string): Promise<string> => {
  const bytes = file === "-" ? await context.read() : await readFile(resolve(context.cwd, file));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new KeyrollError("invalid", `${file === "-" ? "Standard input" : file} is not UTF-8 text.`, {
      field: "text",
      next: 'Save it as UTF-8; a binary value goes into JSON as {"base64": …}.',
      changed: false,
    });
  }
};

/** The pairs' source: a path that the server reads, or the text of a file. @throws when both are named */
const sourceOf = async (context: Context, file: string | undefined, options: Options) => {
  const { ssmPath, region, shellNames } = options;
  if (ssmPath === undefined) {
    if (region !== undefined || shellNames === true)
      throw new KeyrollError("bad_request", "--region and --shell-names belong to --ssm-path.", {
        next: "Name the path: --ssm-path /old/path.",
      });
    const name = file ?? "-";
    const format = options.format ?? (/\.ya?ml$/iu.test(name) ? ("yaml" as const) : undefined);
    return { text: await readText(context, name), ...(format === undefined ? {} : { format }) };
  }
  if (file !== undefined || options.format !== undefined)
    throw new KeyrollError("bad_request", "Give a file or --ssm-path, not both.", {
      next: "The server reads the path; no file is needed.",
    });
  return {
    from: { ssmPath, shellNames: shellNames === true, ...(region === undefined ? {} : { region }) },
  };
};

export const importPairs: Verb = (command, act) => {
  command
    .argument("[file]", ".env, JSON or YAML; - is standard input, as when none is given")
    .addOption(
      new Option("--format <format>", "default: JSON when it begins with {, else .env").choices([
        "dotenv",
        "json",
        "yaml",
      ]),
    )
    .option("--ssm-path <path>", "instead of a file: what lies directly below a path of AWS Parameter Store")
    .option("--region <region>", "Region of that path; default: the store's own")
    .option("--shell-names", "take names that no shell can write under shell names: db-url as DB_URL")
    .option("--replace", "remove the keys that the source lacks")
    .option("--dry-run", "only show the plan")
    .option("-m, --message <text>", "why")
    .option("--confirm-risky <keys>", "names such as PATH that are meant", keyList)
    .description(
      "Save the pairs of a file or of a path in AWS Parameter Store, all or nothing, after showing what is new, changed and the same.",
    )
    .action(
      act(async (context, file: string | undefined, options: Options) => {
        const source = await sourceOf(context, file, options);
        const place = await context.place();
        const client = await context.client();
        const base = (await client.call("secrets.list", { params: place })).revision;
        const body = {
          ...source,
          replace: options.replace === true,
          ...saveFacts(options),
        };
        const plan = await client.call("secrets.import", { params: place, body });
        const { entries, errors, notices, removed } = plan;
        if (context.globals.json === true && (options.dryRun === true || errors.length > 0))
          context.json({ entries, errors, notices, removed });
        else show(context, plan);
        const isUnwritable = entries.some(({ notices: notes }) => notes.some(({ id }) => id === "shell-name"));
        const isNoName = errors.some(({ id }) => id.startsWith("key-"));
        if (options.ssmPath !== undefined && (isUnwritable || isNoName) && options.shellNames !== true)
          context.say("Shell names are taken with --shell-names.");
        if (errors.length > 0) {
          const risky = entries.filter(({ key, status }) => status === "new" && isRiskyKey(key)).map(({ key }) => key);
          if (errors.some(({ id }) => id === "risky-key"))
            context.say(`Names that are meant are confirmed: \`--confirm-risky ${risky.join(",")}\`.`);
          context.say(`${count(errors.length, "error")}; nothing was saved.`);
          return 6;
        }
        if (options.dryRun === true) return 0;
        const touched = entries.filter(({ status }) => status !== "same").length + removed.length;
        if (touched === 0) {
          reportSame(context, place, base, `Nothing differs from revision ${base}.`);
          return 0;
        }
        const what = removed.length === 0 ? "" : ` and remove ${count(removed.length, "key")}`;
        if (!(await context.confirm(`Save ${count(touched - removed.length, "key")}${what}?`))) {
          context.say("Nothing was saved.");
          return 6;
        }
        const done = await lasting(
          context,
          client,
          place,
          async (follow) =>
            await client.call("secrets.import", {
              params: place,
              ifMatch: base,
              body: { ...body, apply: true },
              ...follow,
            }),
        );
        if (done.saved !== null) reportSaved(context, done.saved, place);
        return 0;
      }),
    );
};
