import { keyList, type Verb } from "../../command.ts";
import { saveChange, saveFacts, type SaveOptions } from "../../save.ts";
import { refusePairs } from "../../value-input.ts";

export const rename: Verb = (command, act) => {
  command
    .argument("<old>")
    .argument("<new>")
    .option("-m, --message <text>", "why")
    .option("--confirm-risky <keys>", "names such as PATH that are meant", keyList)
    .action(
      act(async (context, from: string, to: string, options: SaveOptions) => {
        refusePairs([from, to]);
        const place = await context.place();
        const client = await context.client();
        await saveChange(context, client, place, { rename: { [from]: to }, ...saveFacts(options) });
      }),
    );
};
