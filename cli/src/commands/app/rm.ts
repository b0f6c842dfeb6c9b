import type { Verb } from "../../command.ts";

export const rm: Verb = (command, act) => {
  command.argument("<name>").action(
    act(async (context, name: string) => {
      const client = await context.client();
      if (!(await context.confirm(`Remove the app ${name} with its releases?`))) return 6;
      await client.call("apps.remove", { params: { app: name } });
      if (context.globals.json === true) context.json({ app: name, removed: true });
      context.say(`Removed the app ${name}.`);
      return 0;
    }),
  );
};
