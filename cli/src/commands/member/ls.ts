import type { Verb } from "../../command.ts";
import { table, when } from "../../format.ts";

export const ls: Verb = (command, act) => {
  command.action(
    act(async (context) => {
      const items = await Array.fromAsync((await context.client()).all("members.list", {}));
      if (context.globals.json === true) {
        context.json({ members: items });
        return;
      }
      if (items.length === 0) {
        context.say("Nobody has signed up yet: the server prints a set-up link when it starts.");
        return;
      }
      context.out(
        table(
          ["NAME", "ROLE", "SINCE"],
          items.map((one) => [one.name, one.role, when(one.createdAt)]),
        ),
      );
    }),
  );
};
