import { KeyrollError } from "@keyroll/contract/errors";
import type { Verb } from "../command.ts";
import { table, when } from "../format.ts";

export const audit: Verb = (command, act) => {
  command
    .option("--action <name>", "only this action, such as secrets.reveal")
    .option("--limit <n>", "how many, newest first", "50")
    .action(
      act(async (context, options: { readonly action?: string; readonly limit: string }) => {
        const most = Number(options.limit);
        if (!Number.isInteger(most) || most < 1)
          throw new KeyrollError("bad_request", "--limit is a number from 1.", { field: "limit" });
        const query = options.action === undefined ? {} : { action: options.action };
        const items = [];
        for await (const entry of (await context.client()).all("audit.list", { query })) {
          items.push(entry);
          if (items.length === most) break;
        }
        if (context.globals.json === true) {
          context.json({ entries: items });
          return;
        }
        if (items.length === 0) {
          context.say("No entries.");
          return;
        }
        context.out(
          table(
            ["WHEN", "WHO", "ACTION", "WHERE", "DETAILS"],
            items.map((one) => [
              when(one.at),
              one.actor.name,
              one.action,
              [one.app, one.environment].filter((part) => part !== null).join(" / "),
              Object.entries(one.details)
                .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
                .join(" "),
            ]),
          ),
        );
      }),
    );
};
