import type { Verb } from "../../command.ts";
import { watchDeployment } from "../../follow.ts";

export const cancel: Verb = (command, act) => {
  command
    .argument("<id>", "its number")
    .description(
      "Ask a deployment to stop: before the Secret is written nothing changes, after it the previous state comes back.",
    )
    .action(
      act(async (context, id: string) => {
        const place = await context.place();
        const client = await context.client();
        const { deployment } = await client.call("deployments.cancel", { params: { ...place, deployment: id } });
        const code = await watchDeployment(context, client, place, deployment.number);
        // Cancelled is what was asked for.
        const end = await client.call("deployments.get", { params: { ...place, deployment: id } });
        return end.deployment.state === "cancelled" ? 0 : code;
      }),
    );
};
