import type { Verb } from "../../command.ts";
import { table } from "../../format.ts";

export const ls: Verb = (command, act) => {
  command.action(
    act(async (context) => {
      const items = await Array.fromAsync((await context.client()).all("connections.list", {}));
      if (context.globals.json === true) {
        context.json({ connections: items });
        return;
      }
      if (items.length === 0) {
        context.say("There are no connections. Make one: `keyroll connection create NAME --cluster …`.");
        return;
      }
      context.out(
        table(
          ["CONNECTION", "CLUSTER", "STORE", "ENVIRONMENTS"],
          items.map(({ name, cluster, store, environments }) => [
            name,
            cluster.kind === "kubernetes" ? cluster.server : "local processes",
            store.kind,
            String(environments),
          ]),
        ),
      );
    }),
  );
};
