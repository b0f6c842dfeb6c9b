import { count } from "@keyroll/pairs";
import type { Verb } from "../../command.ts";
import { lasting } from "../../lasting.ts";
import { reportSame, reportSaved } from "../../save.ts";
import { revisionNumber } from "./get.ts";

export const restore: Verb = (command, act) => {
  command
    .argument("<revision>")
    .option("-m, --message <text>", "why")
    .description(
      "Save the secrets of an old revision again, as a new one. Values that were retired keep their newest text.",
    )
    .action(
      act(async (context, text: string, options: { readonly message?: string }) => {
        const wanted = revisionNumber(text);
        const place = await context.place();
        const client = await context.client();
        const { revision: base } = await client.call("secrets.list", { params: place });
        const { difference } = await client.call("revisions.get", {
          params: { ...place, revision: String(wanted) },
          query: { against: base },
        });
        for (const { key, status } of difference)
          context.say(`${status === "removed" ? "remove" : status === "added" ? "bring back" : "change"}: ${key}`);
        if (difference.length === 0) {
          reportSame(context, place, base, `Nothing differs between revision ${base} and ${wanted}.`);
          return 0;
        }
        if (!(await context.confirm(`Restore revision ${wanted} (${count(difference.length, "key")})?`))) {
          context.say("Nothing was saved.");
          return 6;
        }
        const saved = await lasting(
          context,
          client,
          place,
          async (follow) =>
            await client.call("revisions.restore", {
              params: { ...place, revision: String(wanted) },
              ifMatch: base,
              body: options.message === undefined ? {} : { message: options.message },
              ...follow,
            }),
        );
        reportSaved(context, saved, place);
        return 0;
      }),
    );
};
