import type { Verb } from "../../command.ts";
import { table, when } from "../../format.ts";

export const ls: Verb = (command, act) => {
  command.action(
    act(async (context) => {
      const items = await Array.fromAsync((await context.client()).all("tokens.list", {}));
      if (context.globals.json === true) {
        context.json({ tokens: items });
        return;
      }
      context.out(
        table(
          ["ID", "NAME", "KIND", "MADE", "BY", "LAST USED", "EXPIRES"],
          items.map((one) => [
            one.id,
            one.name,
            one.kind,
            when(one.createdAt),
            one.createdBy,
            one.lastUsedAt === null ? "never" : when(one.lastUsedAt),
            one.expires === null ? "-" : when(one.expires),
          ]),
        ),
      );
    }),
  );
};
