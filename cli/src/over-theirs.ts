import { KeyrollError } from "@keyroll/contract/errors";
import type { BodyOf, Routes } from "@keyroll/contract";
import type { Client } from "@keyroll/sdk";
import type { Context, Place } from "./context.ts";
import { saveChange } from "./save.ts";

type Change = BodyOf<Routes["secrets.change"]> & { readonly remove: readonly string[] };

/**
 * Saves; where others saved the same keys meanwhile, tells key by key what both did, and asks whether this change goes
 * over theirs. Answers whether it was saved. `--yes` does not answer it: nobody can have meant what others did later.
 * @throws the conflict, where nobody is there to decide, or somebody stops at the question; whatever the save throws
 */
export const saveOverTheirs = async (
  context: Context,
  client: Client,
  place: Place,
  change: Change,
  base: number,
): Promise<boolean> => {
  try {
    await saveChange(context, client, place, change, base);
    return true;
  } catch (error) {
    if (!(error instanceof KeyrollError) || error.code !== "revision_conflict") throw error;
    const { keys = [], limit: newest } = error.facts;
    if (keys.length === 0 || typeof newest !== "number" || !context.terminal.input || !context.terminal.talk)
      throw error;
    const { secrets } = await client.call("secrets.list", { params: place });
    const theirs = new Map(secrets.filter(({ state }) => state !== "removed").map((one) => [one.key, one]));
    context.say(error.message);
    for (const key of keys) {
      const other = theirs.get(key);
      const yours = change.remove.includes(key) ? "you remove it" : "you set it";
      context.say(
        `${key}: ${yours}; ${other === undefined ? "somebody removed it" : `${other.changedBy} set it in revision ${other.revision}`}.`,
      );
    }
    const answer = await context.ask("Save yours over theirs? Without it you go back to what you typed. [y/N] ");
    if (answer === null) throw error;
    if (!/^y(es)?$/iu.test(answer.trim())) {
      context.say(`A line as it was in revision ${base} leaves theirs: \`keyroll get KEY --revision ${base}\`.`);
      return false;
    }
    // What they removed as well is gone; of two that change, the conflict's own revision sees what came after it.
    const remove = change.remove.filter((key) => theirs.has(key) || !keys.includes(key));
    if (Object.keys(change.set ?? {}).length + remove.length === 0) {
      context.say(`Nothing differs from revision ${newest}.`);
      return true;
    }
    return await saveOverTheirs(context, client, place, { ...change, remove }, newest);
  }
};
