import type { Verb } from "../../command.ts";
import { bytes, table, when } from "../../format.ts";

export const ls: Verb = (command, act) => {
  command.action(
    act(async (context) => {
      const app = await context.appName();
      const items = await Array.fromAsync((await context.client()).all("releases.list", { params: { app } }));
      if (context.globals.json === true) {
        context.json({ releases: items });
        return;
      }
      if (items.length === 0) {
        context.say("There are no releases. Push a chart: `keyroll release push DIR`.");
        return;
      }
      context.out(
        table(
          ["VERSION", "CHART", "SIZE", "PUSHED", "BY", "ID"],
          items.map((one) => [one.version, one.chart, bytes(one.bytes), when(one.pushedAt), one.pushedBy, one.id]),
        ),
      );
    }),
  );
};
