import { outcomeNow } from "@keyroll/sdk";
import type { Verb } from "../../command.ts";
import { table, when } from "../../format.ts";

export const ls: Verb = (command, act) => {
  command.description("The newest 50 deployments.").action(
    act(async (context) => {
      const { items } = await (await context.client()).call("deployments.list", { params: await context.place() });
      if (context.globals.json === true) {
        context.json({ deployments: items });
        return;
      }
      if (items.length === 0) {
        context.say("Nothing was deployed yet: `keyroll deploy`.");
        return;
      }
      const last = items.find(({ state }) => state === "running");
      context.out(
        table(
          ["ID", "STATE", "RELEASE", "REVISION", "REQUESTED", "BY", "OUTCOME"],
          items
            .map((one) => [one, outcomeNow(one, one === last)] as const)
            .map(([one, now]) => [
              String(one.number),
              one.state === "active" && one.step !== null ? one.step : now.state,
              one.goal.release?.version ?? "-",
              String(one.goal.revision),
              when(one.requestedAt),
              one.requestedBy,
              now.outcome ?? "",
            ]),
        ),
      );
    }),
  );
};
