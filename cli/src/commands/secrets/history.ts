import { count } from "@keyroll/pairs";
import type { Verb } from "../../command.ts";
import { table, when } from "../../format.ts";

const most = 200;

export const history: Verb = (command, act) => {
  command.description(`The newest ${most} revisions: when, who, why, and how many keys changed.`).action(
    act(async (context) => {
      const { items } = await (
        await context.client()
      ).call("revisions.list", { params: await context.place(), query: { limit: most } });
      if (context.globals.json === true) {
        context.json({ revisions: items });
        return;
      }
      if (items.length === 0) {
        context.say("Nothing was saved yet.");
        return;
      }
      context.out(
        table(
          ["REVISION", "SAVED", "BY", "KEYS", "CHANGES", "MESSAGE"],
          items.map((one) => [
            String(one.revision),
            when(one.at),
            one.author,
            String(one.keys),
            count(one.changes.length, "key"),
            [one.message, one.readable ? null : "(its values are gone)"].filter(Boolean).join(" "),
          ]),
        ),
      );
    }),
  );
};
