import type { Verb } from "../../command.ts";

export const rm: Verb = (command, act) => {
  command.argument("<name>").action(
    act(async (context, name: string) => {
      const client = await context.client();
      if (!(await context.confirm(`Remove the connection ${name} with its credentials?`))) return 6;
      await client.call("connections.remove", { params: { connection: name } });
      if (context.globals.json === true) context.json({ connection: name, removed: true });
      context.say(`Removed the connection ${name}.`);
      return 0;
    }),
  );
};
