import { count } from "@keyroll/pairs";
import { InvalidArgumentError } from "commander";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Client } from "@keyroll/sdk";
import type { Verb } from "../../command.ts";
import type { Context, Place } from "../../context.ts";
import { lasting } from "../../lasting.ts";

interface Options {
  readonly to?: string;
  readonly history?: number;
  readonly confirm?: boolean;
  readonly back?: boolean;
  readonly reason?: string;
}

const revisions = (text: string): number => {
  if (/^[1-9]\d{0,3}$/u.test(text) && Number(text) <= 1000) return Number(text);
  throw new InvalidArgumentError("Give a number of revisions, 1 to 1000.");
};

const move = async (context: Context, client: Client, place: Place, to: string, options: Options): Promise<number> => {
  const { environment } = await client.call("environments.get", { params: place });
  // Nobody is asked about a move to a connection that is not there.
  await client.call("connections.get", { params: { connection: to } });
  if (
    !(await context.confirm(`Move the values of ${place.app} / ${place.env} from ${environment.connection} to ${to}?`))
  )
    return 6;
  const { history, reason } = options;
  const done = await lasting(
    context,
    client,
    place,
    async (follow) =>
      await client.call("environments.moveStore", {
        params: place,
        body: {
          connection: to,
          ...(history === undefined ? {} : { history }),
          ...(reason === undefined ? {} : { reason }),
        },
        ...follow,
      }),
  );
  if (context.globals.json === true) context.json(done);
  const { moved } = done;
  if (moved === null) {
    context.say(`Nothing is saved yet; from now on it is saved in the store of ${done.environment.connection}.`);
    return 0;
  }
  const which =
    moved.oldest === moved.newest ? `revision ${moved.newest}` : `revisions ${moved.oldest} to ${moved.newest}`;
  context.say(
    `Moved ${count(moved.keys, "key")}, ${which}, to ${done.environment.connection}; compared byte for byte.`,
  );
  context.say(
    `The copy in ${environment.connection} stays. Drop it: \`keyroll env move-store --confirm\`. Or go back, while nothing is saved: \`keyroll env move-store --back\`.`,
  );
  return 0;
};

const drop = async (context: Context, client: Client, place: Place): Promise<number> => {
  const { environment } = await client.call("environments.get", { params: place });
  const old = environment.movedFrom;
  if (
    old !== null &&
    !(await context.confirm(
      `Destroy the copy of ${place.app} / ${place.env} in the store of ${old.connection} (${old.label}), with its history?`,
    ))
  )
    return 6;
  const done = await client.call("environments.dropOldStore", { params: place, body: { confirm: environment.name } });
  if (context.globals.json === true) context.json(done);
  context.say(`Dropped the copy in ${old?.connection ?? "the old store"}.`);
  return 0;
};

const back = async (context: Context, client: Client, place: Place, reason: string | undefined): Promise<number> => {
  const body = reason === undefined ? {} : { reason };
  const done = await client.call("environments.moveBack", { params: place, body });
  if (context.globals.json === true) context.json(done);
  context.say(
    `Back in the store of ${done.environment.connection}; the copy in the other one stays until it is dropped.`,
  );
  return 0;
};

export const moveStore: Verb = (command, act) => {
  command
    .argument("[name]", "default: the linked environment")
    .option("--to <connection>", "the connection, to the same cluster, whose store is next")
    .option("--history <n>", "newest revisions to take along; at least back to the deployed one", revisions)
    .option("--confirm", "destroy the copy that the last move left behind")
    .option("--back", "switch back to that copy, while nothing was saved since")
    .option("--reason <text>", "why")
    .description("Move the values to another store: copied, compared byte for byte, switched. The old copy stays.")
    .action(
      act(async (context, name: string | undefined, options: Options) => {
        const chosen = [options.to !== undefined, options.confirm === true, options.back === true].filter(Boolean);
        if (chosen.length !== 1)
          throw new KeyrollError("bad_request", "Give one of --to CONNECTION, --confirm and --back.", {
            next: "`keyroll connection ls` shows where values can go.",
          });
        const place = name === undefined ? await context.place() : { app: await context.appName(), env: name };
        const client = await context.client();
        if (options.confirm === true) return await drop(context, client, place);
        if (options.back === true) return await back(context, client, place, options.reason);
        return await move(context, client, place, options.to ?? "", options);
      }),
    );
};
