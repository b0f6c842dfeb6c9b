import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { KeyrollError } from "@keyroll/contract/errors";
import { count, parseDotenv, printDotenv, sameValue, type Value } from "@keyroll/pairs";
import { guardValues } from "../../agents.ts";
import { keyList, type Verb } from "../../command.ts";
import type { Context } from "../../context.ts";
import { explain } from "../../failure.ts";
import { saveOverTheirs } from "../../over-theirs.ts";
import { makePrivateFile } from "../../private-file.ts";
import { saveFacts, type SaveOptions } from "../../save.ts";
import { toWire, valuesOf } from "../../wire.ts";

/** @throws where the one of last resort would draw every value into a pipe or a job's log */
const editorOf = (context: Context): string => {
  const chosen = [context.env["VISUAL"], context.env["EDITOR"]].find((one) => one !== undefined && one !== "");
  if (chosen !== undefined) return chosen;
  if (context.terminal.input && context.terminal.output) return "vi";
  throw new KeyrollError("bad_request", "There is no terminal to edit on, and neither VISUAL nor EDITOR is set.", {
    next: "Set EDITOR to a program that works without one, or save a file: `keyroll import FILE`.",
    changed: false,
  });
};

const openEditor = async (editor: string, path: string): Promise<void> => {
  const code = await new Promise<number | null>((resolve, reject) => {
    // A shell, because EDITOR may hold options: `code --wait`.
    const child = spawn("sh", ["-c", `${editor} "$1"`, "sh", path], { stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", resolve);
  });
  if (code !== 0)
    throw new KeyrollError("bad_request", `The editor ended with ${code ?? "a signal"}; nothing was saved.`, {
      next: "Choose another one with EDITOR.",
      changed: false,
    });
};

interface Difference {
  readonly set: Map<string, Value>;
  readonly remove: string[];
}

const differenceOf = (before: ReadonlyMap<string, Value>, after: ReadonlyMap<string, Value>): Difference => ({
  set: new Map(
    [...after].filter(([key, value]) => {
      const old = before.get(key);
      return old === undefined || !sameValue(old, value);
    }),
  ),
  remove: [...before.keys()].filter((key) => !after.has(key)),
});

const readBack = async (path: string): Promise<Map<string, Value>> => {
  const { entries, errors } = parseDotenv(await readFile(path, "utf8"));
  if (errors.length > 0) {
    throw new KeyrollError("invalid", `${count(errors.length, "line")} cannot be read; nothing was saved.`, {
      problems: errors.map(({ line, id, message }) => ({ line, rule: id, message })),
      next: "Correct the lines.",
      changed: false,
    });
  }
  return new Map(entries.map(({ key, value }) => [key, value]));
};

/** Asks whether to go back into the editor after a mistake: what was typed is kept until the person lets go of it. */
const again = async (context: Context, error: unknown): Promise<void> => {
  if (!(error instanceof KeyrollError) || !context.terminal.input) throw error;
  context.say(explain(error));
  const answer = await context.ask("Back into the editor? Without it your changes are dropped. [Y/n] ");
  if (answer === null || /^n/iu.test(answer.trim())) throw error;
};

export const edit: Verb = (command, act) => {
  command
    .option("-m, --message <text>", "why")
    .option("--confirm-risky <keys>", "names such as PATH that are meant", keyList)
    .option("--reveal", "also for a coding agent")
    .description("Edit all pairs as a .env text in EDITOR, on a file in memory that is removed afterwards.")
    .action(
      act(async (context, options: SaveOptions & { readonly reveal?: boolean }) => {
        guardValues(context, "edit", options.reveal === true, true);
        const editor = editorOf(context);
        const place = await context.place();
        const client = await context.client();
        const { revision } = await client.call("secrets.list", { params: place });
        const all =
          revision === 0
            ? new Map<string, Value>()
            : valuesOf(
                (await client.call("secrets.bundle", { params: place, body: { of: revision, purpose: "edit" } }))
                  .values,
              );
        const { refused } = printDotenv(all, { for: "keyroll" });
        const left = new Set(refused.map(({ key }) => key));
        const before = new Map([...all].filter(([key]) => !left.has(key)));
        if (left.size > 0) context.say(`Left out and kept as they are (not text): ${[...left].join(", ")}.`);
        const head = `# ${place.app} / ${place.env}, revision ${revision}. A line that is taken away removes its key.\n`;
        const file = await makePrivateFile(
          context.env,
          "secrets.env",
          head + printDotenv(before, { for: "keyroll" }).text,
        );
        const stop = context.onStop(() => undefined);
        try {
          if (!file.inMemory)
            context.say("This machine has no folder in memory: the text lies on its disk while you edit.");
          for (;;) {
            try {
              await openEditor(editor, file.path);
              const { set, remove } = differenceOf(before, await readBack(file.path));
              if (set.size + remove.length === 0) {
                context.say(`Nothing differs from revision ${revision}.`);
                return 0;
              }
              for (const key of set.keys()) context.say(`${before.has(key) ? "changed" : "new"}: ${key}`);
              for (const key of remove) context.say(`removed: ${key}`);
              if (!(await context.confirm(`Save ${count(set.size + remove.length, "change")}?`))) {
                context.say("Nothing was saved.");
                return 6;
              }
              const values = Object.fromEntries([...set].map(([key, value]) => [key, toWire(value)]));
              const change = { set: values, remove, ...saveFacts(options) };
              if (await saveOverTheirs(context, client, place, change, revision)) return 0;
            } catch (error) {
              await again(context, error);
            }
          }
        } finally {
          stop();
          await file.remove();
        }
      }),
    );
};
