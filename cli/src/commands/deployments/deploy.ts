import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { KeyrollError } from "@keyroll/contract/errors";
import { count } from "@keyroll/pairs";
import { collect, type Verb } from "../../command.ts";
import { showFindings } from "../../findings.ts";
import { showRestarts } from "../../restarts.ts";
import { watchDeployment } from "../../follow.ts";
import { setInYaml } from "../../yaml-set.ts";
import { valuesVersion } from "../values/version.ts";
import { revisionNumber } from "../secrets/get.ts";

interface Options {
  readonly release?: string;
  readonly set: readonly string[];
  readonly file?: string;
  readonly revision?: string;
  readonly restart?: boolean;
  readonly values?: string;
  readonly adopt?: boolean;
  readonly ignorePreflight?: readonly string[];
  readonly forceConflicts?: boolean;
  readonly overwriteDrift?: boolean;
  readonly queue?: boolean;
  readonly wait?: boolean;
}

/** @throws {KeyrollError} `invalid` for a rule that there is not, or that nobody may pass over, before anything is asked */
const checkRules = async (rules: readonly string[]): Promise<void> => {
  if (rules.length === 0) return;
  // Loaded when it is needed: it is larger than the rest of this command.
  const { whyNotPassedOver } = await import("@keyroll/preflight");
  const refusal = rules.map((rule) => whyNotPassedOver(rule)).find((one) => one !== null);
  if (refusal === undefined || refusal === null) return;
  throw new KeyrollError("invalid", refusal.message, {
    field: "ignorePreflight",
    next: refusal.next,
    changed: false,
  });
};

const ruleList = (text: string): string[] =>
  text.split(",").flatMap((rule) => (rule.trim() === "" ? [] : [rule.trim()]));

export const deploy: Verb = (command, act) => {
  command
    .option("--release <version>", "a release, or latest; default: the one that runs, else the latest")
    .option("--set <path=value>", "change a Helm value for this and later deployments; repeat it", collect, [])
    .option("-f, --file <file>", "merge this YAML over the Helm values, for this and later deployments")
    .option("--revision <n>", "an older revision of the secrets; default: the newest")
    .option(
      "--values <version>",
      "a version of the Helm values, or latest; default: the one that runs, else the latest",
    )
    .option("--restart", "restart every workload that uses the Secret, not only those whose keys changed")
    .option("--no-restart", "only write the Secret; somebody else rolls, `status --wait` proves")
    .option("--adopt", "take over a Secret of the same name that is not ours")
    .option("--ignore-preflight <rules>", "deploy in spite of errors of these rules of preflight; recorded", ruleList)
    .option("--force-conflicts", "take fields that the chart sets from other managers that own them (Helm 4)")
    .option("--overwrite-drift", "go on although others changed the Secret or the release: what they did is lost")
    .option("--queue", "wait behind a deployment that is running")
    .option("--no-wait", "end as soon as it is requested")
    .description("Deploy release, values and secrets together, and wait until every pod is proven to run them.")
    .action(
      act(async (context, options: Options) => {
        const ignorePreflight = options.ignorePreflight ?? [];
        await checkRules(ignorePreflight);
        const place = await context.place();
        const client = await context.client();
        const file =
          options.file === undefined ? undefined : await readFile(resolve(context.cwd, options.file), "utf8");
        const values = options.set.length === 0 ? file : setInYaml(file ?? "", options.set);
        const goal = {
          ...(options.release === undefined ? {} : { release: options.release }),
          ...(values === undefined ? {} : { values }),
          ...(options.values === undefined ? {} : { valuesVersion: valuesVersion(options.values) }),
          ...(options.revision === undefined ? {} : { revision: revisionNumber(options.revision) }),
        };
        const { environment } = await client.call("environments.get", { params: place });
        if (environment.type !== "process" && options.adopt !== true) {
          const { findings, fixed, restarts } = await client.call("preflight.run", { params: place, body: goal });
          const isTaken = ({ rule }: { readonly rule: string }): boolean =>
            rule === "field-conflict" && options.forceConflicts === true;
          const open = findings.filter((finding) => !isTaken(finding));
          showFindings(context, open, (text) => context.err(text));
          const errors = open.filter(({ severity }) => severity === "error");
          const stopping = errors.filter(({ rule }) => !ignorePreflight.includes(rule));
          if (stopping.length > 0) {
            const rules = [...new Set(errors.map(({ rule }) => rule))];
            throw new KeyrollError("preflight_failed", "Preflight found errors; nothing was deployed.", {
              next: rules.some((rule) => fixed.includes(rule))
                ? "Correct the chart or the keys."
                : `Correct the chart or the keys; or, when it is meant, \`--ignore-preflight ${rules.join(",")}\`.`,
              changed: false,
            });
          }
          if (errors.length > 0) context.say(`${count(errors.length, "error")} of preflight passed over, as asked.`);
          if (options.restart === undefined) showRestarts(context, restarts);
        }
        const { deployment } = await client.call("deployments.request", {
          params: place,
          body: {
            ...goal,
            restart: options.restart === undefined ? "changed" : options.restart ? "all" : "none",
            adopt: options.adopt === true,
            ...(ignorePreflight.length === 0 ? {} : { ignorePreflight: [...ignorePreflight] }),
            forceConflicts: options.forceConflicts === true,
            overwriteDrift: options.overwriteDrift === true,
            queue: options.queue === true,
          },
        });
        const { release, revision } = deployment.goal;
        context.say(
          `Deployment ${deployment.number} of ${place.app} / ${place.env}: ${release === null ? "" : `${release.chart} ${release.version}, `}revision ${revision}.`,
        );
        if (options.wait === false) {
          if (context.globals.json === true)
            context.json({ deployment: deployment.number, state: deployment.state, revision });
          return 0;
        }
        return await watchDeployment(context, client, place, deployment.number);
      }),
    );
};
