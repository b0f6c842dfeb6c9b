import type { Verb } from "../../command.ts";
import { saveChange, saveFacts, type SaveOptions } from "../../save.ts";

export const unset: Verb = (command, act) => {
  command
    .argument("<keys...>")
    .option("--retires-old", "the old value is dead: no rollback brings it back")
    .option("-m, --message <text>", "why")
    .description("Remove keys. They leave the cluster with the next deployment, after the pods that read them.")
    .action(
      act(async (context, keys: readonly string[], options: SaveOptions & { readonly retiresOld?: boolean }) => {
        const place = await context.place();
        const client = await context.client();
        await saveChange(context, client, place, {
          remove: [...keys],
          ...(options.retiresOld === true ? { retiresOld: [...keys] } : {}),
          ...saveFacts(options),
        });
      }),
    );
};
