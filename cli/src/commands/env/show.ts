import type { Verb } from "../../command.ts";
import { when } from "../../format.ts";

export const show: Verb = (command, act) => {
  command.argument("[name]", "default: the linked environment").action(
    act(async (context, name: string | undefined) => {
      const app = await context.appName();
      const env = name ?? (await context.place()).env;
      const { environment } = await (await context.client()).call("environments.get", { params: { app, env } });
      if (context.globals.json === true) {
        context.json({ environment });
        return;
      }
      const lines: [string, string][] = [
        ["environment", `${environment.app} / ${environment.name} (${environment.kind})`],
        ["type", environment.type],
        ["connection", environment.connection],
        ["store", environment.store.label],
        ...(environment.moving ? ([["moving", "to another store, now"]] as [string, string][]) : []),
        ...(environment.removing ? ([["removing", "it is being removed"]] as [string, string][]) : []),
        ...(environment.movedFrom === null
          ? []
          : ([
              [
                "old copy",
                `${environment.movedFrom.connection}, ${environment.movedFrom.dropping ? "being dropped" : `up to revision ${environment.movedFrom.revision}`}`,
              ],
            ] as [string, string][])),
        ...(environment.type === "process"
          ? []
          : ([
              ["namespace", environment.namespace ?? "-"],
              ["release", environment.releaseName ?? "-"],
              ["Secret", environment.secretName ?? "-"],
              ["encryption at rest", environment.encryption?.label ?? "not looked at yet"],
            ] as [string, string][])),
        ["saved", environment.savedRevision === 0 ? "nothing yet" : `revision ${environment.savedRevision}`],
        [
          "deployed",
          environment.deployedRevision === null ? "nothing yet" : `revision ${environment.deployedRevision}`,
        ],
        ...Object.entries(environment.settings).map(([setting, value]): [string, string] => [
          setting,
          value === null ? "-" : setting === "driftPausedUntil" ? when(Number(value)) : String(value),
        ]),
      ];
      context.out(lines.map(([label, text]) => `${label.padEnd(18)} ${text}\n`).join(""));
    }),
  );
};
