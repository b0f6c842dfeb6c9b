import type { Verb } from "../../command.ts";
import { saveChange, saveFacts, type SaveOptions } from "../../save.ts";

interface UnsetOptions extends SaveOptions {
  readonly retiresOld?: boolean;
  readonly purge?: boolean;
}

export const unset: Verb = (command, act) => {
  command
    .argument("<keys...>")
    .option("--retires-old", "the old value is dead: no rollback brings it back")
    .option("--purge", "also delete their older values from the store now: no restore brings them back")
    .option("-m, --message <text>", "why")
    .description("Remove keys. They leave the cluster with the next deployment, after the pods that read them.")
    .action(
      act(async (context, keys: readonly string[], options: UnsetOptions) => {
        const place = await context.place();
        if (
          options.purge === true &&
          !(await context.confirm(`Delete ${keys.join(", ")} and every older value for good?`))
        ) {
          context.say("Nothing was changed.");
          return 6;
        }
        const client = await context.client();
        await saveChange(context, client, place, {
          remove: [...keys],
          ...(options.retiresOld === true ? { retiresOld: [...keys] } : {}),
          ...(options.purge === true ? { purge: true } : {}),
          ...saveFacts(options),
        });
        return 0;
      }),
    );
};
