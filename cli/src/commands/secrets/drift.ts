import { count } from "@keyroll/pairs";
import { KeyrollError } from "@keyroll/contract/errors";
import type { ReplyOf, Routes } from "@keyroll/contract";
import { keyList, type Verb } from "../../command.ts";
import type { Context } from "../../context.ts";
import { table, when } from "../../format.ts";
import { chosenFrom, isPlace, resolve, type DriftOptions } from "../../resolve-drift.ts";

type Found = ReplyOf<Routes["drift.list"]>;

const words = {
  foreign: "not saved here",
  changed: "changed",
  missing: "deleted",
  added: "not deployed",
  removed: "taken out",
  deleted: "Secret deleted",
  unmarked: "marks removed",
  "rolled-back": "rolled back",
  upgraded: "upgraded",
  uninstalled: "uninstalled",
} as const;
const places = { store: "store", cluster: "app-secrets", release: "release" } as const;
const from = { store: "yes", cluster: "yes, from the cluster" } as const;
const resolving = "Take what is there: `keyroll drift adopt KEY`. Put back what was";

const storeWords = ({ drift, store, revision, deployed }: Found): string => {
  const there = drift.filter(({ place }) => place === "store");
  if (there.length > 0)
    return `${count(there.length, "key")} in ${store} ${there.length === 1 ? "is" : "are"} not as revision ${revision} saved ${there.length === 1 ? "it" : "them"}. ${resolving} saved: \`keyroll drift overwrite KEY\`.`;
  if (revision === 0) return `Nothing is saved yet, and nothing lies in ${store}.`;
  return deployed === null || drift.length === 0
    ? `All that revision ${revision} saved is in ${store}, and nothing else.`
    : "";
};

const clusterWords = ({ drift, deployed, unknown, pausedUntil, mode }: Found): string[] => {
  const there = drift.filter(({ place }) => place !== "store");
  const asked = unknown === null ? [] : [`The cluster could not be asked now: ${unknown}`];
  if (deployed === null) return asked;
  if (there.length === 0)
    return unknown === null ? [`The cluster is as the deployment of revision ${deployed} left it.`] : asked;
  const keys = there.filter(({ key }) => key !== null).length;
  const told = there.flatMap(({ key, message }) => (key === null ? [message] : []));
  const changed =
    keys === 0
      ? []
      : [
          `${count(keys, "key")} in app-secrets ${keys === 1 ? "is" : "are"} not as revision ${deployed} was deployed. ${resolving} deployed: \`keyroll drift overwrite KEY\`.`,
        ];
  const blocks =
    mode !== "report"
      ? []
      : pausedUntil === null
        ? ["The next deployment is blocked until that is decided, or is made with --overwrite-drift."]
        : [`Paused until ${when(pausedUntil)}: the next deployment overwrites it.`];
  return [...asked, ...changed, ...told, ...blocks];
};

const list = (context: Context, found: Found, exitCode: boolean): number => {
  const { drift } = found;
  if (context.globals.json === true) context.json(found);
  else if (drift.length > 0)
    context.out(
      table(
        ["KEY", "WHERE", "WHAT", "WHEN", "BY", "CAN BE PUT BACK"],
        drift.map(({ key, place, kind, at, by, overwrite }) => [
          key ?? "-",
          places[place],
          words[kind],
          at === null ? "-" : when(at),
          by ?? "-",
          overwrite === null ? "no" : from[overwrite],
        ]),
      ),
    );
  for (const sentence of [storeWords(found), ...clusterWords(found)]) if (sentence !== "") context.say(sentence);
  return exitCode && drift.length > 0 ? 9 : 0;
};

interface Options extends DriftOptions {
  readonly all?: boolean;
  readonly exitCode?: boolean;
  readonly for?: string;
}

/** `90m`, `4h`, `7d`; milliseconds. */
const lasting = (text: string | undefined): number => {
  const [, amount = "", unit = ""] = /^(\d{1,4})([mhd])$/u.exec(text ?? "") ?? [];
  if (amount === "")
    throw new KeyrollError("bad_request", "Say how long: --for 90m, 4h or 7d; at most 30d.", { field: "for" });
  return Number(amount) * (unit === "m" ? 60_000 : unit === "h" ? 3_600_000 : 86_400_000);
};

const pause = async (context: Context, until: number | null): Promise<number> => {
  const place = await context.place();
  const client = await context.client();
  await client.call("environments.update", { params: place, body: { settings: { driftPausedUntil: until } } });
  if (context.globals.json === true)
    context.json({ environment: `${place.app}/${place.env}`, driftPausedUntil: until });
  context.say(
    until === null
      ? `${place.app} / ${place.env}: drift is no longer paused.`
      : `${place.app} / ${place.env}: until ${when(until)} drift is told, and neither blocks nor is put back.`,
  );
  return 0;
};

export const drift: Verb = (command, act) => {
  command
    .argument("[action]", "adopt: take what is there; overwrite: put back what was; pause, resume; without it: list")
    .argument("[keys...]", "whose")
    .option("--all", "all that differs, instead of named keys")
    .option("--place <place>", "store, cluster or release, where a key differs in more than one")
    .option("--exit-code", "of the list: end with 9 when something differs")
    .option("--for <duration>", "of pause: 90m, 4h or 7d; at most 30d")
    .option("--confirm-risky <keys>", "names such as PATH that are meant to be adopted", keyList)
    .option("-m, --message <text>", "why")
    .description(
      "What others changed past Keyroll, in the store, in app-secrets and in the Helm release: who and when; never values.",
    )
    .action(
      act(async (context, action: string | undefined, keys: readonly string[], options: Options) => {
        if (action === "pause") return await pause(context, Date.now() + lasting(options.for));
        if (action === "resume") return await pause(context, null);
        const place = await context.place();
        if (options.place !== undefined && !isPlace(options.place))
          throw new KeyrollError("bad_request", "--place is store, cluster or release.", { field: "place" });
        if (action === undefined) {
          const client = await context.client();
          return list(context, await client.call("drift.list", { params: place }), options.exitCode === true);
        }
        if (action !== "adopt" && action !== "overwrite")
          throw new KeyrollError("bad_request", `\`${action.slice(0, 100)}\` is neither adopt nor overwrite.`, {
            next: "`keyroll drift` lists what differs.",
          });
        if (options.place === "release" && action === "overwrite")
          throw new KeyrollError("invalid", "A release is put back by deploying again: that is a new Helm revision.", {
            next: "Deploy with consent: `keyroll deploy --overwrite-drift`.",
          });
        if (options.place !== "release" && keys.length > 0 === (options.all === true))
          throw new KeyrollError("bad_request", "Name the keys, or give --all.", {
            next: "`keyroll drift` lists what differs.",
          });
        const client = await context.client();
        const found = await client.call("drift.list", { params: place });
        return await resolve(
          context,
          client,
          place,
          { action, found, ...chosenFrom(found, action, keys, options) },
          options,
        );
      }),
    );
};
