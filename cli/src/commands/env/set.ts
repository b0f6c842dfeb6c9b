import { collect, type Verb } from "../../command.ts";
import { readSettings } from "./settings.ts";

export const set: Verb = (command, act) => {
  command
    .argument("[name]", "default: the linked environment")
    .requiredOption("--set <setting=value>", "a deployment setting, such as restart=auto; repeat it", collect)
    .action(
      act(async (context, name: string | undefined, options: { readonly set: readonly string[] }) => {
        const settings = readSettings(options.set);
        const app = await context.appName();
        const env = name ?? (await context.place()).env;
        const { environment } = await (
          await context.client()
        ).call("environments.update", { params: { app, env }, body: { settings } });
        if (context.globals.json === true) context.json({ environment });
        context.say(
          `${app} / ${env}: ${Object.keys(settings)
            .map((one) => `${one}=${String(Reflect.get(environment.settings, one))}`)
            .join(" ")}`,
        );
      }),
    );
};
