import { count } from "@keyroll/pairs";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Client } from "@keyroll/sdk";
import { Option } from "commander";
import type { Verb } from "../../command.ts";
import type { Context, Place } from "../../context.ts";
import { table } from "../../format.ts";
import { watchDeployment } from "../../follow.ts";
import { lasting } from "../../lasting.ts";
import { chartOf } from "../release/push.ts";
import { planLines, planOf, type Plan, type Wanted } from "../../takeover/plan.ts";

interface Options extends Wanted {
  readonly kind: "sandbox" | "production";
  readonly ssmPath?: string;
  readonly region?: string;
  readonly shellNames?: boolean;
}

/** The same request again goes on where an earlier one stopped. */
const unless = async <T>(code: KeyrollError["code"], make: () => Promise<T>): Promise<T | null> => {
  try {
    return await make();
  } catch (error) {
    if (error instanceof KeyrollError && error.code === code) return null;
    throw error;
  }
};

/** @throws `already_exists` when an environment of that name is about something else */
const makeEnvironment = async (client: Client, place: Place, plan: Plan, wanted: Options): Promise<void> => {
  await unless("already_exists", async () => await client.call("apps.create", { body: { name: place.app } }));
  const { connection, namespace, kind, release } = wanted;
  const body = {
    name: place.env,
    connection,
    kind,
    type: plan.type,
    namespace,
    secretName: plan.secretName,
    ...(release === undefined ? {} : { releaseName: release }),
  };
  const known = await unless(
    "not_found",
    async () => (await client.call("environments.get", { params: place })).environment,
  );
  if (known === null) {
    await client.call("environments.create", { params: { app: place.app }, body });
    return;
  }
  const same =
    known.connection === connection &&
    known.type === plan.type &&
    known.namespace === namespace &&
    known.secretName === plan.secretName &&
    (known.releaseName ?? undefined) === release;
  if (same) return;
  throw new KeyrollError(
    "already_exists",
    `${place.app} has an environment \`${place.env}\` already, and it is about something else.`,
    { field: "name", next: "Choose another name.", changed: false },
  );
};

/** Chart and values as they run. */
const takeRelease = async (context: Context, client: Client, place: Place, plan: Plan, wanted: Options) => {
  const { connection, namespace, release, chart } = wanted;
  if (plan.release === null || release === undefined) return;
  const body =
    chart === undefined ? { installed: { connection, namespace, release } } : await chartOf(context, chart, {});
  const pushed = await client.call("releases.push", { params: { app: place.app }, body });
  context.say(`Release ${pushed.release.chart} ${pushed.release.version} is kept.`);
  const { version } = await client.call("values.get", { params: place });
  if (version > 0 || plan.release.values === "") return;
  const text = plan.release.values;
  const saved = await client.call("values.put", { params: place, ifMatch: 0, body: { text } });
  for (const { line, message } of saved.warnings) context.say(`warning, Helm values line ${line}: ${message}`);
  context.say(`Helm values are saved as version ${saved.version}.`);
};

const takeKeys = async (context: Context, client: Client, place: Place, { secretName }: Plan): Promise<void> => {
  const { revision } = await client.call("secrets.list", { params: place });
  if (revision > 0) return;
  const body = { from: { secret: secretName }, apply: true, message: `Taken over from the Secret ${secretName}` };
  const { errors, saved } = await lasting(
    context,
    client,
    place,
    async (follow) => await client.call("secrets.import", { params: place, ifMatch: 0, body, ...follow }),
  );
  for (const { message } of errors) context.say(`error: ${message}`);
  if (saved !== null) context.say(`${count(saved.secrets.length, "key")} saved as revision ${saved.revision}.`);
};

/** What the path has otherwise than what runs becomes a revision of its own, when that is wanted. */
const takePath = async (context: Context, client: Client, place: Place, path: string, options: Options) => {
  const { region, shellNames } = options;
  const from = { ssmPath: path, shellNames: shellNames === true, ...(region === undefined ? {} : { region }) };
  const { revision, secrets } = await client.call("secrets.list", { params: place });
  const { entries, errors } = await client.call("secrets.import", { params: place, body: { from } });
  for (const { message } of errors) context.say(`error: ${message}`);
  const differing = entries.filter(({ status }) => status !== "same");
  const there = new Set(entries.map(({ key }) => key));
  const lacking = secrets.filter(({ key, state }) => state !== "removed" && !there.has(key)).map(({ key }) => key);
  if (lacking.length > 0) context.say(`${path} lacks ${lacking.join(", ")}: kept as in the cluster.`);
  context.say(`${path}: ${differing.length} of ${count(entries.length, "key")} differ from what runs.`);
  if (differing.length === 0 || errors.length > 0) return errors.length > 0 ? 6 : 0;
  context.say(
    table(
      ["KEY", "STATUS"],
      differing.map(({ key, status }) => [key, status]),
    ).trimEnd(),
  );
  if (!(await context.confirm(`Save ${count(differing.length, "key")} as the next revision, not deployed?`))) return 0;
  const body = { from, apply: true };
  const done = await lasting(
    context,
    client,
    place,
    async (follow) => await client.call("secrets.import", { params: place, ifMatch: revision, body, ...follow }),
  );
  if (done.saved !== null) context.say(`Saved as revision ${done.saved.revision}, not deployed.`);
  return 0;
};

/** Marks the Secret as ours, with the same values in it: a deployment that restarts nothing. */
const adopt = async (context: Context, client: Client, place: Place): Promise<number> => {
  const { items } = await client.call("deployments.list", { params: place });
  if (items.some(({ state }) => state === "running")) return 0;
  const { deployment } = await client.call("deployments.request", {
    params: place,
    body: { adopt: true, restart: "none" },
  });
  return await watchDeployment(context, client, place, deployment.number);
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
    .option("--ssm-path <path>", "compare with a path of AWS Parameter Store, and take what differs as a revision")
    .option("--region <region>", "Region of that path; default: the store's own")
    .option("--shell-names", "take names of that path under shell names: db-url as DB_URL")
    .description("Take over an app that runs, without a restart: a plan first, then all of it. Again: it goes on.")
    .action(
      act(async (context, name: string, options: Options) => {
        const place = { app: await context.appName(), env: name };
        const client = await context.client();
        const { connection, namespace, release, ssmPath } = options;
        if (ssmPath === undefined && (options.region !== undefined || options.shellNames === true))
          throw new KeyrollError("bad_request", "--region and --shell-names belong to --ssm-path.", {
            field: "region",
          });
        const found = await client.call("connections.found", {
          params: { connection, namespace },
          ...(release === undefined ? {} : { query: { release } }),
        });
        const plan = planOf(found, options, place);
        const lines = planLines(plan, options, `${place.app} / ${place.env}`);
        for (const line of lines) context.say(line);
        if (!(await context.confirm("Take it over?"))) {
          context.say("Nothing was made.");
          return 6;
        }
        await makeEnvironment(client, place, plan, options);
        await takeRelease(context, client, place, plan, options);
        await takeKeys(context, client, place, plan);
        const exit = await adopt(context, client, place);
        if (exit !== 0) return exit;
        context.say(`${place.app} / ${place.env} is taken over: ${count(plan.keys.length, "key")}, no restart.`);
        return ssmPath === undefined ? 0 : await takePath(context, client, place, ssmPath, options);
      }),
    );
};
