import { KeyrollError } from "@keyroll/contract/errors";
import type { Verb } from "../../command.ts";
import { watchDeployment } from "../../follow.ts";

interface Options {
  readonly queue?: boolean;
  readonly forceConflicts?: boolean;
  readonly overwriteDrift?: boolean;
  readonly wait?: boolean;
}

export const undo: Verb = (command, act) => {
  command
    .argument("[id]", "its number; default: the newest")
    .option("--overwrite-drift", "go on although others changed the Secret or the release: what they did is lost")
    .option("--queue", "wait behind a deployment that is running")
    .option("--force-conflicts", "take fields that the chart sets from other managers that own them (Helm 4)")
    .option("--no-wait", "end as soon as it is requested")
    .description(
      "A new deployment of what ran before: release, values and secrets together. Values that were retired keep their newest text.",
    )
    .action(
      act(async (context, id: string | undefined, options: Options) => {
        const place = await context.place();
        const client = await context.client();
        const { items } = await client.call("deployments.list", { params: place, query: { limit: 1 } });
        const undone = id ?? items[0]?.number;
        if (undone === undefined)
          throw new KeyrollError("not_deployed", `Nothing was deployed in ${place.app} / ${place.env}.`);
        const { undo: back } = await client.call("deployments.get", {
          params: { ...place, deployment: String(undone) },
        });
        if (back !== null && back.kept.length > 0)
          context.say(
            `${back.kept.join(", ")}: the newest value stays, since the older one is known not to work any more.`,
          );
        if (!(await context.confirm(`Undo deployment ${undone} of ${place.app} / ${place.env}?`))) return 6;
        const { deployment } = await client.call("deployments.undo", {
          params: { ...place, deployment: String(undone) },
          body: {
            queue: options.queue === true,
            forceConflicts: options.forceConflicts === true,
            overwriteDrift: options.overwriteDrift === true,
          },
        });
        const { release, values, revision } = deployment.goal;
        context.say(
          `Deployment ${deployment.number} takes ${undone} back: ${release === null ? "" : `${release.chart} ${release.version}, ${values === null ? "no values" : `values ${values}`}, `}revision ${revision}.`,
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
