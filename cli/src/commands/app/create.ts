import type { Verb } from "../../command.ts";

export const create: Verb = (command, act) => {
  command
    .argument("<name>", "2 to 39 characters: a-z, 0-9 and -; for good")
    .option("--title <text>", "a title for people; it can change")
    .action(
      act(async (context, name: string, options: { readonly title?: string }) => {
        const { app } = await (
          await context.client()
        ).call("apps.create", { body: { name, ...(options.title === undefined ? {} : { title: options.title }) } });
        if (context.globals.json === true) context.json({ app });
        context.say(`Made the app ${app.name}. Next: \`keyroll env create NAME --app ${app.name} …\`.`);
      }),
    );
};
