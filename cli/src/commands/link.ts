import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Verb } from "../command.ts";
import { linkName } from "../link-file.ts";

export const link: Verb = (command, act) => {
  command
    .description(`Remember --app and --env for this folder, in ${linkName}. It holds names only and may be committed.`)
    .action(
      act(async (context) => {
        const { app, env } = await context.place();
        await (await context.client()).call("environments.get", { params: { app, env } });
        const path = join(context.cwd, linkName);
        await writeFile(path, `${JSON.stringify({ app, env }, null, 2)}\n`);
        if (context.globals.json === true) context.json({ path, app, env });
        context.say(`${path}: ${app} / ${env}`);
      }),
    );
};
