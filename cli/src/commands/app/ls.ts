import type { Verb } from "../../command.ts";
import { table } from "../../format.ts";

export const ls: Verb = (command, act) => {
  command.action(
    act(async (context) => {
      const items = await Array.fromAsync((await context.client()).all("apps.list", {}));
      if (context.globals.json === true) {
        context.json({ apps: items });
        return;
      }
      if (items.length === 0) {
        context.say("There are no apps. Make one: `keyroll app create NAME`.");
        return;
      }
      context.out(
        table(
          ["APP", "TITLE", "ENVIRONMENTS", "RELEASES"],
          items.map((app) => [app.name, app.title, String(app.environments), String(app.releases)]),
        ),
      );
    }),
  );
};
