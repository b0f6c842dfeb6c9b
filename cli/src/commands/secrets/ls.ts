import { count } from "@keyroll/pairs";
import type { Verb } from "../../command.ts";
import { bytes, table, when } from "../../format.ts";

const words = {
  "not-deployed": "saved, never deployed",
  saved: "saved, not live",
  "in-cluster": "in the cluster",
  running: "running",
  removed: "removed, still in the cluster",
} as const;

export const ls: Verb = (command, act) => {
  command
    .description(
      "List the keys: sizes, who and when, and where each value is. No values but those of keys marked visible.",
    )
    .action(
      act(async (context) => {
        const place = await context.place();
        const list = await (await context.client()).call("secrets.list", { params: place });
        if (context.globals.json === true) {
          {
            context.json({
              environment: `${place.app}/${place.env}`,
              revision: list.revision,
              deployedRevision: list.deployedRevision,
              secrets: list.secrets,
            });
            return;
          }
        }
        if (list.secrets.length === 0) {
          {
            context.say(
              `${place.app} / ${place.env} has no secrets. Save one: \`keyroll set KEY\`, or many: \`keyroll import .env\`.`,
            );
            return;
          }
        }
        const isVisible = list.secrets.some(({ value }) => value !== null);
        const due = new Date().toISOString().slice(0, 10);
        context.out(
          table(
            ["KEY", ...(isVisible ? ["VALUE"] : []), "SIZE", "CHANGED", "BY", "REVISION", "STATE"],
            list.secrets.map((one) => [
              one.key,
              ...(isVisible ? [one.value ?? ""] : []),
              one.state === "removed" ? "-" : bytes(one.bytes),
              when(one.changedAt),
              one.changedBy,
              String(one.revision),
              `${words[one.state]}${one.rotateBy !== null && one.rotateBy <= due ? `; due since ${one.rotateBy}` : ""}`,
            ]),
          ),
        );
        const kept = list.secrets.filter(({ state }) => state !== "removed").length;
        context.say(
          `Revision ${list.revision}${list.deployedRevision === null ? ", not deployed" : list.deployedRevision === list.revision ? ", deployed" : `; ${list.deployedRevision} is deployed`}. ${count(kept, "pair")} of ${list.limits.pairs}, ${bytes(list.totalBytes)} of ${bytes(list.limits.totalBytes)}.`,
        );
      }),
    );
};
