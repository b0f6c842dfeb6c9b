import { KeyrollError } from "@keyroll/contract/errors";
import type { ReplyOf, Routes } from "@keyroll/contract";
import type { Client } from "@keyroll/sdk";
import type { Context, Place } from "./context.ts";
import { lasting } from "./lasting.ts";
import { reportSame, reportSaved, saveFacts, type SaveOptions } from "./save.ts";

type Found = ReplyOf<Routes["drift.list"]>;
type Entry = Found["drift"][number];
type Where = Entry["place"];

export interface DriftOptions extends SaveOptions {
  readonly place?: string;
}

const order: readonly Where[] = ["store", "cluster", "release"];
export const isPlace = (text: string): text is Where => order.some((place) => place === text);

interface Chosen {
  readonly entries: readonly Entry[];
  /** Keys that were named; none: all of the entries. */
  readonly named: readonly string[];
  /** Where a named key that does not differ is asked for. */
  readonly fallback: Where;
}

/** @throws {KeyrollError} `bad_request` for a key that differs in two places, when it is not said which is meant. */
export const chosenFrom = (
  { drift }: Found,
  action: "adopt" | "overwrite",
  keys: readonly string[],
  options: DriftOptions,
): Chosen => {
  const there = drift.filter(({ place }) => options.place === undefined || place === options.place);
  const entries = there.filter(({ key, place, overwrite }) =>
    keys.length > 0
      ? key !== null && keys.includes(key)
      : action === "adopt"
        ? key !== null || place === "release"
        : overwrite !== null,
  );
  const twice = entries.flatMap(({ key }) =>
    key !== null && entries.filter((one) => one.key === key).length > 1 ? [key] : [],
  );
  const [ambiguous] = twice;
  if (ambiguous !== undefined && (keys.length > 0 || action === "adopt"))
    throw new KeyrollError("bad_request", `\`${ambiguous}\` differs both in the store and in app-secrets.`, {
      key: ambiguous,
      next: "Say which is meant: --place store, or --place cluster.",
    });
  const fallback = options.place !== undefined && isPlace(options.place) ? options.place : "store";
  return { entries, named: keys, fallback };
};

const question = (action: "adopt" | "overwrite", place: Where, named: string): string => {
  if (place === "release") return "Accept the Helm release as it is now?";
  const where = place === "store" ? "the store" : "app-secrets";
  return action === "adopt"
    ? `Adopt ${named} as ${named.includes(",") ? "they are" : "it is"} in ${where} now?`
    : `Overwrite ${named} in ${where} with what was ${place === "store" ? "saved" : "deployed"}?`;
};

const nothing = ({ drift, store, revision }: Found): string =>
  drift.some(({ place }) => place !== "store")
    ? "None of them can be resolved like that: `keyroll drift` says what can."
    : drift.length === 0
      ? `Nothing in ${store} is other than revision ${revision} saved it.`
      : "None of them can be put back: adopt them, or save new values.";

/** Adopts or overwrites in one place after the other; the answer is the exit code. */
export const resolve = async (
  context: Context,
  client: Client,
  place: Place,
  {
    action,
    found,
    entries,
    named,
    fallback,
  }: Chosen & { readonly action: "adopt" | "overwrite"; readonly found: Found },
  options: DriftOptions,
): Promise<number> => {
  for (const { message } of entries) context.say(message);
  if (named.length === 0 && entries.length === 0) {
    reportSame(context, place, found.revision, nothing(found));
    return 0;
  }
  const missing = named.filter((key) => !entries.some((one) => one.key === key));
  let revision = found.revision;
  for (const where of order) {
    const there = entries.filter((one) => one.place === where);
    const keys = [...there.flatMap(({ key }) => key ?? []), ...(where === fallback ? missing : [])];
    if (there.length === 0 && keys.length === 0) continue;
    const words = keys.length === 0 ? "app-secrets" : keys.join(", ");
    if (!(await context.confirm(question(action, where, words)))) {
      context.say("Nothing was changed.");
      return 6;
    }
    const whole = where === "cluster" && action === "overwrite" && there.some(({ key }) => key === null);
    const saved = await lasting(
      context,
      client,
      place,
      async (follow) =>
        await client.call("drift.resolve", {
          params: place,
          ifMatch: revision,
          body: { action, place: where, keys: whole ? [] : keys, ...saveFacts(options) },
          ...follow,
        }),
    );
    revision = saved.revision;
    tell(context, place, { action, where, words, saved });
  }
  return 0;
};

const tell = (
  context: Context,
  place: Place,
  {
    action,
    where,
    words,
    saved,
  }: {
    readonly action: "adopt" | "overwrite";
    readonly where: Where;
    readonly words: string;
    readonly saved: ReplyOf<Routes["drift.resolve"]>;
  },
): void => {
  if (context.globals.json === true || (where !== "release" && (action === "adopt" || saved.secrets.length > 0))) {
    reportSaved(context, saved, place);
    return;
  }
  for (const { message } of saved.warnings) context.say(`warning: ${message}`);
  if (where === "release")
    context.say("Accepted: the next deployment goes on from it. Which chart and values it has, Keyroll does not know.");
  else if (where === "cluster")
    context.say(
      `Put back ${words} in app-secrets as deployed. Nothing was restarted: what started with other values keeps them until then (\`keyroll status\`).`,
    );
  else
    context.say(
      `Put back ${words} as revision ${saved.revision}${saved.verified ? " (verified)" : ""}: no value of the environment changed.`,
    );
};
