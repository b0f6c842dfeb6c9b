import { count } from "@keyroll/pairs";
import type { Verb } from "../../command.ts";
import { revisionNumber } from "./get.ts";

const signs = { added: "+", changed: "~", removed: "-" } as const;

export const diff: Verb = (command, act) => {
  command
    .argument("[from]", "a revision; default: the deployed one")
    .argument("[to]", "a revision; default: the newest")
    .option("--exit-code", "end with 9 when something differs")
    .description("What differs between two revisions, by key; never values. Default: what is saved and not deployed.")
    .action(
      act(
        async (context, from: string | undefined, to: string | undefined, options: { readonly exitCode?: boolean }) => {
          const place = await context.place();
          const client = await context.client();
          const { revision, deployedRevision } = await client.call("secrets.list", { params: place });
          const older = from === undefined ? (deployedRevision ?? 0) : revisionNumber(from);
          const newer = to === undefined ? revision : revisionNumber(to);
          const difference =
            older === newer
              ? []
              : (
                  await client.call("revisions.get", {
                    params: { ...place, revision: String(newer) },
                    query: { against: older },
                  })
                ).difference;
          if (context.globals.json === true) context.json({ from: older, to: newer, difference });
          else for (const { key, status } of difference) context.out(`${signs[status]} ${key}\n`);
          const names = `${older === 0 ? "nothing" : `revision ${older}`} and ${newer === 0 ? "nothing" : `revision ${newer}`}`;
          context.say(
            newer === 0
              ? "Nothing is saved yet."
              : difference.length === 0
                ? older === newer && from === undefined && newer !== 0
                  ? `Revision ${newer} is saved and deployed.`
                  : `No key differs between ${names}.`
                : `${count(difference.length, "key")} differ${difference.length === 1 ? "s" : ""} between ${names}.`,
          );
          return options.exitCode === true && difference.length > 0 ? 9 : 0;
        },
      ),
    );
};
