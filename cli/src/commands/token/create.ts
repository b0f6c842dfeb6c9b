import { KeyrollError } from "@keyroll/contract/errors";
import type { Verb } from "../../command.ts";
import { when } from "../../format.ts";

export const create: Verb = (command, act) => {
  command
    .argument("<name>", "what it is for")
    .option("--days <n>", "how long it lives, 1 to 90", "90")
    .description("Make a token for a program. It is printed once, on standard output.")
    .action(
      act(async (context, name: string, options: { readonly days: string }) => {
        if (!/^\d{1,2}$/u.test(options.days))
          throw new KeyrollError("bad_request", "--days is a number from 1 to 90.", { field: "days" });
        const { token, text } = await (
          await context.client()
        ).call("tokens.create", { body: { name, days: Number(options.days) } });
        if (context.globals.json === true) context.json({ token, text });
        else context.out(`${text}\n`);
        context.say(
          `The token ${token.name} (${token.id})${token.expires === null ? "" : ` lives until ${when(token.expires)}`}. It is not shown again.`,
        );
      }),
    );
};
