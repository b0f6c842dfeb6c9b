import type { Verb } from "../command.ts";
import { table, when } from "../format.ts";

export const find: Verb = (command, act) => {
  command
    .argument("<text>", "a part of the key's name; upper and lower case alike")
    .description("Find keys by name in every environment that you may list; never values.")
    .action(
      act(async (context, text: string) => {
        const client = await context.client();
        const found = await Array.fromAsync(client.all("search.keys", { query: { key: text } }));
        if (context.globals.json === true) context.json({ found });
        else if (found.length > 0)
          context.out(
            table(
              ["KEY", "APP", "ENVIRONMENT", "REVISION", "CHANGED", "BY", "STATE"],
              found.map((one) => [
                one.key,
                one.app,
                one.env,
                String(one.revision),
                when(one.changedAt),
                one.changedBy,
                one.state,
              ]),
            ),
          );
        if (found.length > 0) return 0;
        context.say(`No saved key has \`${text.slice(0, 100)}\` in its name.`);
        return 4;
      }),
    );
};
