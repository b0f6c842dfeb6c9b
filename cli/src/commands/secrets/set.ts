import { KeyrollError } from "@keyroll/contract/errors";
import { checkKey } from "@keyroll/pairs";
import { keyList, type Verb } from "../../command.ts";
import type { Context, Place } from "../../context.ts";
import { placeOf } from "../../place.ts";
import { saveChange, saveFacts, saveInEach, type SaveOptions } from "../../save.ts";
import { readValue, refusePairs, type ValueOptions } from "../../value-input.ts";
import { toWire } from "../../wire.ts";

interface Options extends ValueOptions, SaveOptions {
  readonly keepValue?: boolean;
  readonly note?: string;
  readonly link?: string;
  readonly rotateBy?: string;
  readonly visible?: boolean;
  readonly retiresOld?: boolean;
  readonly in?: readonly string[];
}

const emptied = (text: string): string | null => (text === "" ? null : text);

/** Where it is saved: the environments that are named, or the one of this folder. */
const placesOf = async (context: Context, named: readonly string[] | undefined): Promise<readonly Place[]> => {
  if (named === undefined) return [await context.place()];
  const app = named.every((one) => one.includes("/")) ? null : await context.appName();
  return named.map((one) => placeOf(one, app));
};

export const set: Verb = (command, act) => {
  command
    .argument("<keys...>")
    .option("--from-file <file>", "the value is this file, byte for byte")
    .option("--raw", "keep the final line break of standard input, or of a pasted line")
    .option("--binary", "bytes that are not text, or hold a NUL")
    .option("--allow-empty", "an empty value is meant")
    .option("--keep-value", "change only what stands beside the value")
    .option("--note <text>", "a note for people; empty removes it")
    .option("--link <address>", "where the value comes from or is renewed; empty removes it")
    .option("--rotate-by <date>", "YYYY-MM-DD; empty removes it")
    .option("--visible", "show the value in lists: it is no secret")
    .option("--no-visible", "hide it again")
    .option("--retires-old", "the old value is dead: no rollback brings it back")
    .option(
      "--in <environments>",
      "save it in these instead, each with its own outcome: APP/ENV or ENV, with commas",
      keyList,
    )
    .option("-m, --message <text>", "why")
    .option("--confirm-risky <keys>", "names such as PATH that are meant", keyList)
    .description(
      "Save values, all or nothing: from a hidden prompt, standard input, or a file; never from the command line.",
    )
    .action(
      act(async (context, keys: readonly string[], options: Options) => {
        refusePairs(keys);
        for (const key of keys) {
          const problem = checkKey(key);
          if (problem !== null)
            throw new KeyrollError("invalid", problem.message, { key, next: "Choose another name.", changed: false });
        }
        const asksEach = context.terminal.input && context.terminal.talk && options.fromFile === undefined;
        if (keys.length > 1 && options.keepValue !== true && !asksEach) {
          throw new KeyrollError("bad_request", "Several keys at once are asked for at a prompt only.", {
            field: "key",
            next: "Set one at a time, or bring them all as a file: `keyroll import`.",
          });
        }
        const places = await placesOf(context, options.in);
        const client = await context.client();
        const values: Record<string, string | { base64: string }> = {};
        // One after the other: each is a question to the person.
        if (options.keepValue !== true)
          for (const key of keys) values[key] = toWire(await readValue(context, key, options));
        const facts = {
          ...(options.note === undefined ? {} : { note: emptied(options.note) }),
          ...(options.link === undefined ? {} : { url: emptied(options.link) }),
          ...(options.rotateBy === undefined ? {} : { rotateBy: emptied(options.rotateBy) }),
          ...(options.visible === undefined ? {} : { visible: options.visible }),
        };
        const hasFacts = Object.keys(facts).length > 0;
        const change = {
          set: values,
          ...(hasFacts ? { meta: Object.fromEntries(keys.map((key) => [key, facts])) } : {}),
          ...(options.retiresOld === true ? { retiresOld: [...keys] } : {}),
          ...saveFacts(options),
        };
        if (options.in !== undefined) return await saveInEach(context, client, places, change);
        for (const place of places) await saveChange(context, client, place, change);
        return 0;
      }),
    );
};
