import { count } from "@keyroll/pairs";
import { Option } from "commander";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Client } from "@keyroll/sdk";
import { collect, keyList, type Verb } from "../../command.ts";
import type { Place } from "../../context.ts";
import { placeOf } from "../../place.ts";
import type { Saved } from "../../save.ts";
import { readSettings } from "./settings.ts";

interface Options {
  readonly connection: string;
  readonly kind: "sandbox" | "production";
  readonly type?: "helm" | "restart" | "process";
  readonly namespace?: string;
  readonly createNamespace?: boolean;
  readonly releaseName?: string;
  readonly secretName?: string;
  readonly set?: readonly string[];
  readonly copyFrom?: string;
  readonly only?: readonly string[];
}

/** The saved keys of an environment, or those of them that are wanted. @throws `not_found` naming the missing one */
const keysOf = async (client: Client, from: Place, only: readonly string[] | undefined): Promise<readonly string[]> => {
  const { secrets } = await client.call("secrets.list", { params: from });
  const saved = secrets.flatMap(({ key, state }) => (state === "removed" ? [] : [key]));
  const missing = only?.find((key) => !saved.includes(key));
  if (missing === undefined) return only ?? saved;
  throw new KeyrollError("not_found", `\`${missing}\` is not saved in ${from.app}/${from.env}. Nothing was made.`, {
    key: missing,
    field: "only",
    next: `\`keyroll ls --app ${from.app} --env ${from.env}\` shows what is.`,
    changed: false,
  });
};

/**
 * Fills the new environment. It stays when that fails: the message says how to go on.
 * @throws what the server said, with the way on as its next step
 */
const fill = async (client: Client, to: Place, from: Place, keys: readonly string[]): Promise<Saved> => {
  try {
    return await client.call("secrets.fill", {
      params: to,
      ifMatch: 0,
      body: { from, keys: [...keys], message: `Copied from ${from.app}/${from.env}` },
    });
  } catch (error) {
    if (!(error instanceof KeyrollError)) throw error;
    throw new KeyrollError(
      error.code,
      `${error.message} The environment ${to.app} / ${to.env} was made, and is empty.`,
      {
        ...error.facts,
        next: `${error.next} Then save its values (\`keyroll import --env ${to.env}\`), or begin again: \`keyroll env rm ${to.env}\`.`,
        changed: true,
      },
    );
  }
};

export const create: Verb = (command, act) => {
  command
    .argument("<name>")
    .requiredOption("--connection <name>", "cluster and store")
    .addOption(
      new Option("--kind <kind>", "production asks before it shows or changes much")
        .choices(["sandbox", "production"])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--type <type>", "who rolls the app (default: helm; process on a process connection)").choices([
        "helm",
        "restart",
        "process",
      ]),
    )
    .option("--namespace <name>", "default: APP-ENV")
    .option("--create-namespace", "make the namespace when it does not exist")
    .option("--release-name <name>", "the Helm release; default: APP")
    .option("--secret-name <name>", "default: app-secrets")
    .option("--set <setting=value>", "a deployment setting; repeat it", collect)
    .option(
      "--copy-from <env>",
      "begin with the saved pairs of another environment (APP/ENV or ENV); needs the right to reveal them there",
    )
    .option("--only <keys>", "copy only these keys", keyList)
    .action(
      act(async (context, name: string, options: Options) => {
        const app = await context.appName();
        const client = await context.client();
        if (options.only !== undefined && options.copyFrom === undefined)
          throw new KeyrollError("bad_request", "--only says which keys --copy-from copies.", { field: "only" });
        const from = options.copyFrom === undefined ? null : placeOf(options.copyFrom, app);
        // Looked at before anything is made: a source or key that does not exist leaves nothing half done.
        const keys = from === null ? [] : await keysOf(client, from, options.only);
        const settings = {
          ...readSettings(options.set ?? []),
          ...(options.createNamespace === true ? { createNamespace: true } : {}),
        };
        const { connection, kind, type, namespace, releaseName, secretName } = options;
        const { environment } = await client.call("environments.create", {
          params: { app },
          body: {
            name,
            connection,
            kind,
            ...(type === undefined ? {} : { type }),
            ...(namespace === undefined ? {} : { namespace }),
            ...(releaseName === undefined ? {} : { releaseName }),
            ...(secretName === undefined ? {} : { secretName }),
            settings,
          },
        });
        context.say(`Made the environment ${app} / ${name} (${environment.type}).`);
        if (from !== null && keys.length > 0) {
          const saved = await fill(client, { app, env: name }, from, keys);
          context.say(`Copied ${count(saved.secrets.length, "key")}: saved as ${saved.revision}, not deployed.`);
        }
        if (context.globals.json === true) context.json({ environment });
      }),
    );
};
