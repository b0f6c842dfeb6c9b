import { KeyrollError } from "@keyroll/contract/errors";
import type { Context } from "../../context.ts";

/** `--set key=value`, repeated. @throws {KeyrollError} `bad_request` for anything else */
export const settingsOf = (pairs: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1)
        throw new KeyrollError("bad_request", "--set takes key=value.", {
          field: "set",
          next: "Such as: --set region=eu-west-1",
        });
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );

/**
 * Sends it; where settings cost money, says how much and asks (`--yes` has answered already).
 * Null: the answer was no, and nothing was changed.
 */
export const withConsent = async <T>(
  context: Context,
  send: (acceptCost: boolean) => Promise<T>,
): Promise<T | null> => {
  try {
    return await send(context.globals.yes === true);
  } catch (error) {
    const isCost =
      error instanceof KeyrollError &&
      error.code === "confirmation_required" &&
      error.facts.field?.startsWith("store.settings.") === true;
    if (!isCost || !context.terminal.input || !context.terminal.talk) throw error;
    context.say(error.message);
    return (await context.confirm("Is that meant?")) ? await send(true) : null;
  }
};
