import type { Verb } from "../../command.ts";
import { table } from "../../format.ts";

export const ls: Verb = (command, act) => {
  command.action(
    act(async (context) => {
      const app = await context.appName();
      const items = await Array.fromAsync((await context.client()).all("environments.list", { params: { app } }));
      if (context.globals.json === true) {
        context.json({ environments: items });
        return;
      }
      if (items.length === 0) {
        context.say(`${app} has no environments. Make one: \`keyroll env create NAME --app ${app} …\`.`);
        return;
      }
      context.out(
        table(
          ["ENVIRONMENT", "KIND", "TYPE", "CONNECTION", "NAMESPACE", "SAVED", "DEPLOYED"],
          items.map((env) => [
            env.name,
            env.kind,
            env.type,
            env.connection,
            env.namespace ?? "-",
            String(env.savedRevision),
            env.deployedRevision === null ? "-" : String(env.deployedRevision),
          ]),
        ),
      );
    }),
  );
};
