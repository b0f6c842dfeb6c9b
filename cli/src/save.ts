import { count } from "@keyroll/pairs";
import type { BodyOf, ReplyOf, Routes } from "@keyroll/contract";
import type { Client } from "@keyroll/sdk";
import type { Context, Place } from "./context.ts";
import { failureJson, toKeyrollError } from "./failure.ts";
import { lasting } from "./lasting.ts";

export type Saved = ReplyOf<Routes["secrets.change"]>;
type Change = BodyOf<Routes["secrets.change"]>;

/** What was saved, without values: key, bytes, lines, revision, verified, and that it is not deployed. */
export const reportSaved = (context: Context, saved: Saved, place: Place, described: readonly string[] = []): void => {
  if (context.globals.json === true) context.json({ environment: `${place.app}/${place.env}`, ...saved });
  for (const { message } of saved.warnings) context.say(`warning: ${message}`);
  for (const { key, op, bytes, lines } of saved.secrets)
    context.say(op === "set" ? `${key}: ${count(bytes, "byte")}, ${count(lines, "line")}` : `${key}: removed`);
  for (const key of saved.purged) context.say(`${key}: its older values are deleted from the store`);
  if (!saved.changed) {
    if (saved.purged.length > 0) return;
    context.say(
      described.length === 0
        ? `Nothing differs from revision ${saved.revision}.`
        : `Noted at ${described.join(", ")}; the values stay revision ${saved.revision}.`,
    );
    return;
  }
  if (saved.mergedWith !== null)
    context.say(`Merged with revision ${saved.mergedWith}, which somebody saved meanwhile.`);
  context.say(
    `Saved as ${saved.revision}${saved.verified ? " (verified)" : ""}, ${
      saved.deployment === null
        ? "not deployed. Deploy it: `keyroll deploy`."
        : "and a deployment was requested: `keyroll status`."
    }`,
  );
};

/** What was asked for is so already: as `reportSaved` tells a save that changed nothing. */
export const reportSame = (context: Context, place: Place, revision: number, sentence: string): void => {
  if (context.globals.json === true)
    context.json({ environment: `${place.app}/${place.env}`, revision, changed: false, secrets: [] });
  context.say(sentence);
};

/** Saves on the newest revision, and reports. */
export const saveChange = async (
  context: Context,
  client: Client,
  place: Place,
  change: Change,
  base?: number,
): Promise<void> => {
  reportSaved(context, await changeIn(context, client, place, change, base), place, Object.keys(change.meta ?? {}));
};

const changeIn = async (
  context: Context,
  client: Client,
  place: Place,
  change: Change,
  base?: number,
): Promise<Saved> => {
  const ifMatch = base ?? (await client.call("secrets.list", { params: place })).revision;
  return await lasting(
    context,
    client,
    place,
    async (options) => await client.call("secrets.change", { params: place, ifMatch, body: change, ...options }),
  );
};

/**
 * The same change in several environments, one after the other: each is whole or absent, and each has an outcome of
 * its own. Answers the exit code: 0, or that of the first that was not saved.
 */
export const saveInEach = async (
  context: Context,
  client: Client,
  places: readonly Place[],
  change: Change,
): Promise<number> => {
  let exit = 0;
  const outcomes: object[] = [];
  for (const place of places) {
    const environment = `${place.app}/${place.env}`;
    try {
      const saved = await changeIn(context, client, place, change);
      for (const { message } of saved.warnings) context.say(`${environment}: warning: ${message}`);
      context.say(
        saved.changed
          ? `${environment}: saved as ${saved.revision}${saved.verified ? " (verified)" : ""}, ${saved.deployment === null ? "not deployed" : "and a deployment was requested"}.`
          : `${environment}: nothing differs from revision ${saved.revision}.`,
      );
      outcomes.push({ environment, ...saved });
    } catch (thrown) {
      const error = toKeyrollError(thrown);
      exit = exit === 0 ? error.exit : exit;
      context.say(`${environment}: not saved. ${error.message} ${error.next}`);
      outcomes.push({ environment, ...failureJson(error) });
    }
  }
  if (context.globals.json === true) context.json({ outcomes });
  return exit;
};

/** `-m` and `--confirm-risky`, as every save takes them. */
export interface SaveOptions {
  readonly message?: string;
  readonly confirmRisky?: readonly string[];
}

export const saveFacts = (options: SaveOptions): { message?: string; confirmRisky?: string[] } => ({
  ...(options.message === undefined ? {} : { message: options.message }),
  ...(options.confirmRisky === undefined ? {} : { confirmRisky: [...options.confirmRisky] }),
});
