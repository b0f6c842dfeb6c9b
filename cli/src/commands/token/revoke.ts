import type { Verb } from "../../command.ts";

export const revoke: Verb = (command, act) => {
  command.argument("<id>", "as `keyroll token ls` shows it").action(
    act(async (context, id: string) => {
      await (await context.client()).call("tokens.revoke", { params: { token: id } });
      if (context.globals.json === true) context.json({ token: id, revoked: true });
      context.say(`Revoked the token ${id}.`);
    }),
  );
};
