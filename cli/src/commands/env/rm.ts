import type { Verb } from "../../command.ts";

interface Options {
  readonly uninstall?: string;
  readonly destroySecrets?: string;
}

export const rm: Verb = (command, act) => {
  command
    .argument("<name>")
    .option("--uninstall <name>", "the environment's name again: uninstalls what is deployed")
    .option("--destroy-secrets <name>", "the environment's name again: destroys every saved value, for good")
    .action(
      act(async (context, name: string, options: Options) => {
        const app = await context.appName();
        const client = await context.client();
        if (!(await context.confirm(`Remove the environment ${app} / ${name}?`))) return 6;
        await client.call("environments.remove", {
          params: { app, env: name },
          body: {
            ...(options.uninstall === undefined ? {} : { uninstall: options.uninstall }),
            ...(options.destroySecrets === undefined ? {} : { destroySecrets: options.destroySecrets }),
          },
        });
        if (context.globals.json === true) context.json({ environment: `${app}/${name}`, removed: true });
        context.say(`Removed the environment ${app} / ${name}.`);
        return 0;
      }),
    );
};
