import { Option } from "commander";
import { KeyrollError } from "@keyroll/contract/errors";
import { collect, keyList, type Verb } from "../../command.ts";
import { count } from "../../format.ts";
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

/** `APP/ENV`, or an environment of the same app. */
const sourceOf = (text: string, app: string): { app: string; env: string } => {
  const at = text.indexOf("/");
  return at === -1 ? { app, env: text } : { app: text.slice(0, at), env: text.slice(at + 1) };
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
      "begin with the saved pairs of another environment (APP/ENV or ENV); needs its export right",
    )
    .option("--only <keys>", "copy only these keys", keyList)
    .action(
      act(async (context, name: string, options: Options) => {
        const app = await context.appName();
        const client = await context.client();
        if (options.only !== undefined && options.copyFrom === undefined)
          throw new KeyrollError("bad_request", "--only says which keys --copy-from copies.", { field: "only" });
        // Read before anything is made: a source that cannot be read leaves nothing half done.
        const copied =
          options.copyFrom === undefined
            ? null
            : await client.call("secrets.bundle", {
                params: sourceOf(options.copyFrom, app),
                body: {
                  of: "saved",
                  purpose: "export",
                  ...(options.only === undefined ? {} : { only: [...options.only] }),
                },
              });
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
        if (copied !== null && Object.keys(copied.values).length > 0) {
          const saved = await client.call("secrets.change", {
            params: { app, env: name },
            ifMatch: 0,
            body: { set: copied.values, message: `Copied from ${options.copyFrom ?? ""}, revision ${copied.revision}` },
          });
          context.say(`Copied ${count(saved.secrets.length, "key")}: saved as ${saved.revision}, not deployed.`);
        }
        if (context.globals.json === true) context.json({ environment });
      }),
    );
};
