import { count } from "@keyroll/pairs";
import { KeyrollError } from "@keyroll/contract/errors";
import type { ReplyOf, Routes } from "@keyroll/contract";
import type { Client } from "@keyroll/sdk";
import { keyList, type Verb } from "../../command.ts";
import type { Context, Place } from "../../context.ts";
import { table, when } from "../../format.ts";
import { lasting } from "../../lasting.ts";
import { reportSaved, saveFacts, type SaveOptions } from "../../save.ts";

type Found = ReplyOf<Routes["drift.list"]>;

interface Options extends SaveOptions {
  readonly all?: boolean;
  readonly exitCode?: boolean;
}

const words = { foreign: "not saved here", changed: "changed", missing: "deleted" } as const;
const from = { store: "yes", cluster: "yes, from the cluster" } as const;

const list = (context: Context, { drift, store, revision }: Found, exitCode: boolean): number => {
  if (context.globals.json === true) context.json({ revision, store, drift });
  else if (drift.length > 0)
    context.out(
      table(
        ["KEY", "IN THE STORE", "WHEN", "BY", "CAN BE PUT BACK"],
        drift.map(({ key, kind, at, by, overwrite }) => [
          key,
          words[kind],
          at === null ? "-" : when(at),
          by ?? "-",
          overwrite === null ? "no" : from[overwrite],
        ]),
      ),
    );
  context.say(
    drift.length === 0
      ? revision === 0
        ? `Nothing is saved yet, and nothing lies in ${store}.`
        : `All that revision ${revision} saved is in ${store}, and nothing else.`
      : `${count(drift.length, "key")} in ${store} ${drift.length === 1 ? "is" : "are"} not as revision ${revision} saved ${drift.length === 1 ? "it" : "them"}. Take what is there: \`keyroll drift adopt KEY\`. Put back what was saved: \`keyroll drift overwrite KEY\`.`,
  );
  return exitCode && drift.length > 0 ? 9 : 0;
};

const resolve = async (
  context: Context,
  client: Client,
  place: Place,
  action: "adopt" | "overwrite",
  keys: readonly string[],
  options: Options,
): Promise<number> => {
  const { revision, drift, store } = await client.call("drift.list", { params: place });
  const chosen =
    keys.length === 0
      ? drift.filter(({ overwrite }) => action === "adopt" || overwrite !== null)
      : drift.filter(({ key }) => keys.includes(key));
  for (const { message: what } of chosen) context.say(what);
  if (keys.length === 0 && chosen.length === 0) {
    context.say(
      drift.length === 0
        ? `Nothing in ${store} is other than revision ${revision} saved it.`
        : "None of them can be put back: adopt them, or save new values.",
    );
    return 0;
  }
  const named = keys.length === 0 ? chosen.map(({ key }) => key) : keys;
  const question =
    action === "adopt"
      ? `Adopt ${named.join(", ")} as ${named.length === 1 ? "it is" : "they are"} in the store now?`
      : `Overwrite ${named.join(", ")} in the store with what was saved?`;
  if (!(await context.confirm(question))) {
    context.say("Nothing was changed.");
    return 6;
  }
  const saved = await lasting(
    context,
    client,
    place,
    async (follow) =>
      await client.call("drift.resolve", {
        params: place,
        ifMatch: revision,
        body: { action, keys: [...named], ...saveFacts(options) },
        ...follow,
      }),
  );
  if (action === "overwrite" && saved.secrets.length === 0 && context.globals.json !== true) {
    for (const { message: warning } of saved.warnings) context.say(`warning: ${warning}`);
    context.say(
      `Put back ${named.join(", ")} as revision ${saved.revision}${saved.verified ? " (verified)" : ""}: no value of the environment changed.`,
    );
    return 0;
  }
  reportSaved(context, saved, place);
  return 0;
};

export const drift: Verb = (command, act) => {
  command
    .argument("[action]", "adopt: take what is in the store; overwrite: put back what was saved; without it: list")
    .argument("[keys...]", "whose")
    .option("--all", "all keys that differ, instead of named ones")
    .option("--exit-code", "of the list: end with 9 when something differs")
    .option("--confirm-risky <keys>", "names such as PATH that are meant to be adopted", keyList)
    .option("-m, --message <text>", "why")
    .description("What others changed in the secret store, past Keyroll: per key, who and when; never values.")
    .action(
      act(async (context, action: string | undefined, keys: readonly string[], options: Options) => {
        const place = await context.place();
        if (action === undefined) {
          const client = await context.client();
          return list(context, await client.call("drift.list", { params: place }), options.exitCode === true);
        }
        if (action !== "adopt" && action !== "overwrite")
          throw new KeyrollError("bad_request", `\`${action.slice(0, 100)}\` is neither adopt nor overwrite.`, {
            next: "`keyroll drift` lists what differs.",
          });
        if (keys.length > 0 === (options.all === true))
          throw new KeyrollError("bad_request", "Name the keys, or give --all.", {
            next: "`keyroll drift` lists what differs.",
          });
        return await resolve(context, await context.client(), place, action, keys, options);
      }),
    );
};
