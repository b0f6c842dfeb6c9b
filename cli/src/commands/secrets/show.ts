import { count } from "@keyroll/pairs";
import type { Verb } from "../../command.ts";
import { bytes, table, when } from "../../format.ts";
import { revisionNumber } from "./get.ts";

const signs = { added: "+", changed: "~", removed: "-" } as const;

export const show: Verb = (command, act) => {
  command
    .argument("<revision>")
    .description("One revision: who, when, why, what it changed, and its keys; never values.")
    .action(
      act(async (context, text: string) => {
        const { revision, difference, keys } = await (
          await context.client()
        ).call("revisions.get", { params: { ...(await context.place()), revision: String(revisionNumber(text)) } });
        if (context.globals.json === true) {
          context.json({ revision, difference, keys });
          return;
        }
        context.say(
          `Revision ${revision.revision}, saved ${when(revision.at)} by ${revision.author}${revision.message === null ? "" : `: ${revision.message}`}`,
        );
        if (revision.restoredFrom !== null) context.say(`The same as revision ${revision.restoredFrom}.`);
        for (const { key, status } of difference) context.say(`${signs[status]} ${key}`);
        context.out(
          table(
            ["KEY", "SIZE", "REVISION"],
            keys.map((one) => [one.key, bytes(one.bytes), String(one.revision)]),
          ),
        );
        context.say(`${count(keys.length, "key")}, ${bytes(revision.bytes)}.`);
      }),
    );
};
