import { KeyrollError } from "@keyroll/contract/errors";
import type { Verb } from "../command.ts";
import { when } from "../format.ts";

export const whoami: Verb = (command, act) => {
  command.action(
    act(async (context) => {
      const client = await context.client();
      const { me, sealed } = await client.call("access.me");
      if (me === null)
        throw new KeyrollError("not_signed_in", `${client.url} does not accept the token (revoked or expired).`);
      if (context.globals.json === true) {
        context.json({ url: client.url, ...me });
        return;
      }
      context.out(`${me.name} (${me.role}) at ${client.url}\n`);
      if (me.expires !== null) context.say(`This login ends ${when(me.expires)}.`);
      if (sealed) context.say("The server is sealed: values cannot be read until it gets its master key.");
    }),
  );
};
