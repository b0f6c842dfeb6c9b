import { count } from "@keyroll/pairs";
import type { Verb } from "../../command.ts";
import { table } from "../../format.ts";
import { placeOf } from "../../place.ts";

export const compare: Verb = (command, act) => {
  command
    .argument("<a>", "an environment: APP/ENV, or ENV of the same app")
    .argument("<b>", "another one")
    .option("--all", "list the keys that are the same, too")
    .option("--reason <text>", "why; it stands in the audit log")
    .option("--exit-code", "end with 9 when something differs")
    .description(
      "Compare two environments key by key; never values. Whether two values are the same needs the right to reveal both.",
    )
    .action(
      act(
        async (
          context,
          a: string,
          b: string,
          options: { readonly all?: boolean; readonly reason?: string; readonly exitCode?: boolean },
        ) => {
          const app = a.includes("/") && b.includes("/") ? null : await context.appName();
          const [one, two] = [placeOf(a, app), placeOf(b, app)];
          const client = await context.client();
          const { here, there, compared, keys } = await client.call("secrets.compare", {
            params: one,
            body: {
              with: `${two.app}/${two.env}`,
              ...(options.reason === undefined ? {} : { reason: options.reason }),
            },
          });
          const [left, right] = [`${here.app}/${here.env}`, `${there.app}/${there.env}`];
          const words = {
            same: "same",
            different: "different",
            present: "in both",
            "only-here": `only in ${left}`,
            "only-there": `only in ${right}`,
          } as const;
          const differing = keys.filter(({ status }) => status !== "same" && status !== "present");
          const shown = options.all === true ? keys : keys.filter(({ status }) => status !== "same");
          if (context.globals.json === true) context.json({ here, there, compared, keys });
          else if (shown.length > 0)
            context.out(
              table(
                ["KEY", "STATUS"],
                shown.map(({ key, status }) => [key, words[status]]),
              ),
            );
          const names = `${left} (revision ${here.revision}) and ${right} (revision ${there.revision})`;
          const same = keys.filter(({ status }) => status === "same").length;
          context.say(
            differing.length === 0
              ? `No key differs between ${names}${same === 0 ? "" : `; ${same} are the same`}.`
              : `${count(differing.length, "key")} differ${differing.length === 1 ? "s" : ""} between ${names}; ${same} ${same === 1 ? "is" : "are"} the same.`,
          );
          if (!compared)
            context.say("Whether values are the same is shown to those who may reveal both (secret:reveal).");
          return options.exitCode === true && differing.length > 0 ? 9 : 0;
        },
      ),
    );
};
