import type { Verb } from "../../command.ts";
import { when } from "../../format.ts";
import { lineOf } from "../../follow.ts";

export const show: Verb = (command, act) => {
  command
    .argument("<id>", "its number")
    .description("One deployment: goal, outcome and log.")
    .action(
      act(async (context, id: string) => {
        const { deployment, journal } = await (
          await context.client()
        ).call("deployments.get", { params: { ...(await context.place()), deployment: id } });
        if (context.globals.json === true) {
          context.json({ deployment, journal });
          return;
        }
        const { release, values, revision } = deployment.goal;
        const goal = [
          ...(release === null ? [] : [`${release.chart} ${release.version}`]),
          ...(values === null ? [] : [`values ${values}`]),
          `revision ${revision}`,
        ].join(", ");
        context.out(
          `Deployment ${deployment.number}: ${deployment.state}. ${goal}; requested ${when(deployment.requestedAt)} by ${deployment.requestedBy} (${deployment.reason}).\n`,
        );
        if (deployment.ignorePreflight.length > 0)
          context.out(`Errors of preflight passed over on request: ${deployment.ignorePreflight.join(", ")}.\n`);
        for (const entry of journal) {
          const line = lineOf(entry);
          if (line !== null && !line.passing) context.out(`${when(entry.at)}  ${line.text}\n`);
        }
        if (deployment.outcome !== null) context.out(`${deployment.outcome}\n`);
      }),
    );
};
