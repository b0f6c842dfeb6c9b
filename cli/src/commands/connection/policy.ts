import { KeyrollError } from "@keyroll/contract/errors";
import type { Verb } from "../../command.ts";

export const policy: Verb = (command, act) => {
  command
    .argument("<name>")
    .option("--only <policy>", "one of them, for a file or a pipe: writer, reader, trust, assume, charts, cluster")
    .action(
      act(async (context, name: string, options: { readonly only?: string }) => {
        const { app, env, json } = context.globals;
        // Not what the folder or the environment remembers: rights are for all unless it is said here.
        const query = { ...(app === undefined ? {} : { app }), ...(env === undefined ? {} : { env }) };
        const { items, note } = await (
          await context.client()
        ).call("connections.policies", { params: { connection: name }, query });
        const chosen = items.filter((item) => options.only === undefined || item.name === options.only);
        if (options.only !== undefined && chosen.length === 0)
          throw new KeyrollError("not_found", `There is no policy \`${options.only}\` for this connection.`, {
            field: "only",
            next: note ?? `There is ${items.map((item) => item.name).join(", ")}.`,
          });
        if (json === true) {
          context.json({ policies: chosen });
          return;
        }
        if (note !== null) context.say(note);
        for (const item of chosen) {
          context.say(`${item.name}: ${item.purpose}`);
          context.out(`${JSON.stringify(item.document, null, 2)}\n`);
        }
      }),
    );
};
