import { count } from "@keyroll/pairs";
import { KeyrollError } from "@keyroll/contract/errors";
import {
  comparePath,
  planFacts,
  planOf,
  planSum,
  takeOver,
  takePath,
  type Found,
  type Plan,
  type Wanted,
} from "@keyroll/sdk/take-over";
import { Option } from "commander";
import type { Verb } from "../../command.ts";
import type { Place } from "../../context.ts";
import { watchDeployment } from "../../follow.ts";
import { lasting } from "../../lasting.ts";
import { chartOf } from "../release/push.ts";

interface Options extends Wanted {
  readonly kind: "sandbox" | "production";
  readonly ssmPath?: string;
  readonly region?: string;
  readonly shellNames?: boolean;
}

const flags = new Map([
  ["type", "--type"],
  ["release", "--release"],
  ["secret", "--secret"],
  ["chart", "--chart"],
  ["ssmPath", "--ssm-path"],
  ["shellNames", "--shell-names"],
]);

/** The same error with the option that answers it. */
const withFlag = (error: unknown): unknown => {
  const flag =
    error instanceof KeyrollError && error.code === "invalid" ? flags.get(error.facts.field ?? "") : undefined;
  if (!(error instanceof KeyrollError) || flag === undefined) return error;
  const next = `${error.next.replace(/\.$/u, "")} (${flag}).`;
  return new KeyrollError(error.code, error.message, { ...error.facts, next });
};

const planned = (found: Found, options: Options, place: Place): Plan => {
  try {
    return planOf(found, options, place);
  } catch (error) {
    throw withFlag(error);
  }
};

const pathOf = ({ ssmPath, region, shellNames }: Options) => {
  if (ssmPath !== undefined)
    return { ssmPath, shellNames: shellNames === true, ...(region === undefined ? {} : { region }) };
  if (region !== undefined || shellNames === true)
    throw new KeyrollError("bad_request", "--region and --shell-names belong to --ssm-path.", {
      field: region === undefined ? "shellNames" : "region",
      next: "Name the path: --ssm-path /old/path.",
    });
  return null;
};

export const importRunning: Verb = (command, act) => {
  command
    .argument("<name>", "the new environment; its app is made if there is none")
    .requiredOption("--connection <name>", "cluster and store")
    .addOption(
      new Option("--kind <kind>", "production asks before it shows or changes much")
        .choices(["sandbox", "production"])
        .makeOptionMandatory(),
    )
    .requiredOption("-n, --namespace <name>", "where it runs")
    .option("--release <name>", "the release of Helm that is taken over with its chart and values")
    .addOption(
      new Option("--type <type>", "helm: Keyroll runs Helm from now on; restart: somebody else does").choices([
        "helm",
        "restart",
      ]),
    )
    .option("--secret <name>", "the Secret that holds the pairs; default: app-secrets, or the only one that is read")
    .option("--chart <chart>", "the chart itself (folder, .tgz, address), where Helm does not keep all of it")
    .option("--ssm-path <path>", "compare with a path of AWS Parameter Store, and save what differs as a revision")
    .option("--region <region>", "Region of that path; default: the store's own")
    .option("--shell-names", "take names of that path under shell names: db-url as DB_URL")
    .description("Take over an app that runs, without a restart: a plan first, then all of it. Again: it goes on.")
    .action(
      act(async (context, name: string, options: Options) => {
        const place = { app: await context.appName(), env: name };
        const client = await context.client();
        const { connection, namespace, release, chart } = options;
        const from = pathOf(options);
        const found = await client.call("connections.found", {
          params: { connection, namespace },
          ...(release === undefined ? {} : { query: { release } }),
        });
        const plan = planned(found, options, place);
        const path =
          from === null
            ? null
            : await comparePath(client, place, plan, options, from).catch((error: unknown) => {
                throw withFlag(error);
              });
        context.say(`Takes over what runs in ${namespace} as ${place.app} / ${place.env}, type ${plan.type}:`);
        for (const [about, fact] of planFacts(plan, options, path)) context.say(`  ${about.padEnd(8)} ${fact}`);
        context.say(planSum(path));
        if (!(await context.confirm("Take it over?"))) {
          context.say("Nothing was made.");
          return 6;
        }
        await client.call("apps.create", { body: { name: place.app } }).catch((error: unknown) => {
          if (!(error instanceof KeyrollError) || error.code !== "already_exists") throw error;
        });
        const taking = {
          client,
          place,
          plan,
          wanted: options,
          chart: async () => (chart === undefined ? null : await chartOf(context, chart, {})),
          say: context.say,
          lasting: async <T>(run: Parameters<typeof lasting<T>>[3]) => await lasting(context, client, place, run),
        };
        const number = await takeOver(taking);
        const exit = number === null ? 0 : await watchDeployment(context, client, place, number);
        if (exit !== 0) return exit;
        context.say(`${place.app} / ${place.env} is taken over: ${count(plan.keys.length, "key")}, no restart.`);
        if (from === null || path === null || path.differing.length === 0) return 0;
        const revision = await takePath(taking, from);
        if (revision !== null)
          context.say(
            `What differs in ${path.path} is saved as revision ${revision}, not deployed: \`keyroll deploy\`.`,
          );
        return 0;
      }),
    );
};
