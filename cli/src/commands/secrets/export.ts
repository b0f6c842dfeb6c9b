import { open, rename, rm } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { Option } from "commander";
import { KeyrollError } from "@keyroll/contract/errors";
import { count, printDotenv, printJson } from "@keyroll/pairs";
import { guardValues } from "../../agents.ts";
import { keyList, type Verb } from "../../command.ts";
import { valuesOf } from "../../wire.ts";
import { revisionNumber } from "./get.ts";

interface Options {
  readonly output?: string;
  readonly force?: boolean;
  readonly format?: "dotenv" | "json";
  readonly dialect: "any" | "keyroll";
  readonly only?: readonly string[];
  readonly revision?: string;
  readonly reveal?: boolean;
}

/** A file that only its owner can read, whole or not at all. */
const writePrivate = async (path: string, text: string, force: boolean): Promise<void> => {
  const beside = force ? `${path}.${randomUUID()}` : path;
  const file = await open(beside, "wx", 0o600).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "EEXIST")
      throw new KeyrollError("already_exists", `${path} exists.`, {
        field: "output",
        next: "Add --force to replace it.",
        changed: false,
      });
    throw error;
  });
  try {
    await file.writeFile(text);
    await file.close();
    if (force) await rename(beside, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(beside, { force: true });
    throw error;
  }
};

export const exportPairs: Verb = (command, act) => {
  command
    .option("-o, --output <file>", "a new file that only you can read; default: standard output")
    .option("--force", "replace the file")
    .addOption(new Option("--format <format>", "default: by the file's name, else dotenv").choices(["dotenv", "json"]))
    .addOption(
      new Option(
        "--dialect <dialect>",
        "any: dotenv, Compose and shells read every line alike, or it is refused; keyroll: every text",
      )
        .choices(["any", "keyroll"])
        .default("any"),
    )
    .option("--only <keys>", "only these keys", keyList)
    .option("--revision <n>", "an older revision; default: the newest saved one")
    .option("--reveal", "also on a terminal, or for a coding agent")
    .description("Write all pairs out. Each export is in the audit.")
    .action(
      act(async (context, options: Options) => {
        guardValues(context, "export", options.reveal === true, options.output !== undefined);
        const place = await context.place();
        const client = await context.client();
        const of = options.revision === undefined ? ("saved" as const) : revisionNumber(options.revision);
        const bundle = await client.call("secrets.bundle", {
          params: place,
          body: { of, purpose: "export", ...(options.only === undefined ? {} : { only: [...options.only] }) },
        });
        const values = valuesOf(bundle.values);
        const isJson =
          options.format === "json" ||
          (options.format === undefined &&
            (options.output?.endsWith(".json") === true || context.globals.json === true));
        const printed = isJson
          ? { text: printJson(values), refused: [] }
          : printDotenv(values, { for: options.dialect });
        if (printed.refused.length > 0) {
          throw new KeyrollError("invalid", `${count(printed.refused.length, "key")} cannot be written as .env.`, {
            problems: printed.refused.map(({ rule, message }) => ({ rule, message })),
            next: "Use --format json, leave them out with --only, or --dialect keyroll when Keyroll reads it back.",
            changed: false,
          });
        }
        if (options.output === undefined) context.out(printed.text);
        else await writePrivate(resolve(context.cwd, options.output), printed.text, options.force === true);
        context.say(
          `${count(values.size, "key")} of revision ${bundle.revision}${options.output === undefined ? "" : ` in ${options.output}`}.`,
        );
      }),
    );
};
