import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { KeyrollError } from "@keyroll/contract/errors";
import { nearest, parseDotenv } from "@keyroll/pairs";
import { keyList, type Verb } from "../command.ts";
import type { Context } from "../context.ts";
import { childEnvironment } from "../run/environment.ts";
import { passOn, startChild, type Child } from "../run/child.ts";
import { runWatched } from "../run/watch.ts";
import { valuesOf } from "../wire.ts";
import { revisionNumber } from "./secrets/get.ts";

interface Options {
  readonly watch?: boolean;
  readonly saved?: boolean;
  readonly envFile?: string;
  readonly clean?: boolean;
  readonly only?: readonly string[];
  readonly require?: readonly string[];
  readonly revision?: string;
}

const localLines = async (context: Context, file: string | undefined): Promise<Map<string, string>> => {
  if (file === undefined) return new Map();
  const { entries, errors } = parseDotenv(await readFile(resolve(context.cwd, file), "utf8"));
  if (errors.length > 0) {
    throw new KeyrollError("invalid", `${file} has ${errors.length} lines that cannot be read.`, {
      field: "env-file",
      problems: errors.map(({ line, id, message }) => ({ line, rule: id, message })),
      next: "Correct the lines.",
    });
  }
  return new Map(entries.map(({ key, value }) => [key, value]));
};

export const run: Verb = (command, act) => {
  command
    .argument("<command...>", "after --")
    .option("--watch", "start it again at each deployment, and report what it runs")
    .option("--saved", "the newest saved values instead of the deployed ones")
    .option(
      "--env-file <file>",
      "local lines that win over saved values (through npx: `npx -- keyroll run …`, else npx's own Node reads them too)",
    )
    .option("--clean", "without the shell's own environment (PATH, HOME, TERM and the like stay)")
    .option("--only <keys>", "only these keys", keyList)
    .option("--require <keys>", "stop when one of these is missing", keyList)
    .option("--revision <n>", "an older revision")
    .description("Run a command with the deployed values as its environment. Signals and the exit code pass through.")
    .action(
      act(async (context, argv: readonly string[], options: Options) => {
        if (options.revision !== undefined && (options.saved === true || options.watch === true))
          throw new KeyrollError(
            "bad_request",
            "--revision stays where it is: it goes with neither --saved nor --watch.",
            { field: "revision" },
          );
        const place = await context.place();
        const client = await context.client();
        const local = await localLines(context, options.envFile);
        const of =
          options.revision === undefined
            ? options.saved === true
              ? "saved"
              : "deployed"
            : revisionNumber(options.revision);
        let told = "";
        const fetch = async (): Promise<{ revision: number; env: Record<string, string> }> => {
          const bundle = await client.call("secrets.bundle", { params: place, body: { of, purpose: "run" } });
          const all = valuesOf(bundle.values);
          const absent = [...(options.require ?? []), ...(options.only ?? [])].filter(
            (key) => !all.has(key) && !local.has(key),
          );
          if (absent.length > 0) {
            const near = nearest(absent[0] ?? "", all.keys());
            throw new KeyrollError(
              "not_found",
              `Revision ${bundle.revision} has no ${absent.join(", ")}${near === null ? "." : `; did you mean \`${near}\`?`}`,
              {
                next: "`keyroll ls` lists the keys.",
              },
            );
          }
          const values = new Map([...all].filter(([key]) => options.only === undefined || options.only.includes(key)));
          const { env, replaced } = childEnvironment(context.env, values, local, options.clean === true);
          const line = replaced.length === 0 ? "" : `keyroll: from ${options.envFile ?? ""}: ${replaced.join(", ")}.`;
          if (line !== told && line !== "") context.say(line);
          told = line;
          return { revision: bundle.revision, env };
        };
        if (options.watch === true) {
          return await runWatched(context, client, place, {
            argv,
            keys: options.only ?? "all",
            saved: options.saved === true,
            fetch,
          });
        }
        const { env } = await fetch();
        let child: Child | null = null;
        // Before it is there: a signal in between would end this process, and leave the command to nobody.
        const release = context.standBy((signal) => {
          if (child !== null) passOn(child, signal, context.terminal.input);
        });
        try {
          child = startChild(argv, env, context.cwd, context.say);
          return await child.ended;
        } finally {
          release();
        }
      }),
    );
};
