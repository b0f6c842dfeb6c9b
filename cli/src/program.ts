import { Command, CommanderError } from "commander";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Act, Entry } from "./command.ts";
import { createContext, version, type Globals } from "./context.ts";
import { explain, failureJson, toKeyrollError } from "./failure.ts";
import type { Io } from "./io.ts";

/** What stands behind `=` may be a value: it is never repeated. */
const hideValues = (text: string): string => text.replaceAll(/=[^'\n]+/gu, "=…");

const words = (argv: readonly string[]): string[] => {
  const takesValue = new Set(["--app", "--env", "--url"]);
  const found: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? "";
    if (word === "--") break;
    if (takesValue.has(word)) i++;
    else if (!word.startsWith("-")) found.push(word);
  }
  return found;
};

/** Behind `--` it is the command's own. Asked where commander has not come so far as to know. */
const wantsJson = (argv: readonly string[]): boolean => {
  const end = argv.indexOf("--");
  return argv.slice(0, end === -1 ? argv.length : end).includes("--json");
};

const usageError = ({ code, message }: CommanderError): KeyrollError =>
  new KeyrollError(
    "bad_request",
    code === "commander.help" ? "A command is missing." : hideValues(message).replace(/^error: /u, ""),
    { next: "Add --help for what there is.", changed: false },
  );

const add = async (parent: Command, entry: Entry, chosen: readonly string[], act: Act): Promise<void> => {
  const command = parent.command(entry.name).summary(entry.summary).description(entry.summary);
  const [first, ...rest] = chosen;
  const named = first === "help" ? rest : chosen;
  if (named[0] !== entry.name) return;
  if (entry.load !== undefined) (await entry.load())(command, act);
  for (const verb of entry.verbs ?? []) await add(command, verb, named.slice(1), act);
};

/**
 * Runs one command and answers its exit code.
 *
 * @param argv without the program's own name
 */
export const run = async (argv: readonly string[], io: Io, entries: readonly Entry[]): Promise<number> => {
  const program = new Command("keyroll");
  let exit = 0;
  const act: Act =
    (action) =>
    async (...given) => {
      const command = given.at(-1) as Command;
      const context = createContext(io, command.optsWithGlobals<Globals>());
      try {
        exit = (await action(context, ...(given.slice(0, -1) as never[]))) ?? 0;
      } catch (thrown) {
        const error = toKeyrollError(thrown);
        if (context.globals.json === true) context.json(failureJson(error));
        context.say(explain(error));
        exit = error.exit;
      }
    };
  program
    .description("The secrets of an app environment, and the truth about which value runs where.")
    .option("--app <name>", "the app (else KEYROLL_APP, else the linked folder)")
    .option("--env <name>", "the environment (else KEYROLL_ENV, else the linked folder)")
    .option("--url <address>", "the server (else KEYROLL_URL, else the last login)")
    .option("--json", "answer for programs, on standard output")
    .option("-y, --yes", "answer every confirmation with yes")
    .version(version, "-V, --version")
    .showSuggestionAfterError()
    .showHelpAfterError("(add --help for what there is)")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: (text, write) => write(hideValues(text).replace(/^error: /u, "keyroll: ")),
    })
    .exitOverride();
  const chosen = words(argv);
  // Building the other forty would delay the one that was named.
  const named = entries.filter(({ name }) => name === chosen[0]);
  for (const entry of named.length > 0 ? named : entries) await add(program, entry, chosen, act);
  if (argv.length === 0) {
    program.outputHelp();
    return 0;
  }
  try {
    // Commander's own `help` takes one name.
    const isHelp = chosen[0] === "help" && entries.some(({ name }) => name === chosen[1]);
    await program.parseAsync(isHelp ? [...chosen.slice(1), "--help"] : [...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // The help that was asked for, or the version.
    if (error.exitCode === 0) return 0;
    if (wantsJson(argv)) io.out(`${JSON.stringify({ version: 1, ...failureJson(usageError(error)) })}\n`);
    return 2;
  }
  return exit;
};
