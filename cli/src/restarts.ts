import type { ReplyOf, Routes } from "@keyroll/contract";
import type { Context } from "./context.ts";

type Restart = ReplyOf<Routes["preflight.run"]>["restarts"][number];

const verbs = { restarts: "Restarts", starts: "Starts", stays: "Leaves" } as const;

/** What a deployment will do to each workload, one line an effect: "Restarts Deployment/api (its keys changed: A)." */
export const restartLines = (restarts: readonly Restart[]): string[] =>
  (["restarts", "starts", "stays"] as const).flatMap((effect) => {
    const own = restarts.filter((one) => one.effect === effect);
    if (own.length === 0) return [];
    return [`${verbs[effect]} ${own.map(({ kind, name, why }) => `${kind}/${name} (${why})`).join(", ")}.`];
  });

export const showRestarts = (context: Context, restarts: readonly Restart[]): void => {
  for (const line of restartLines(restarts)) context.say(line);
};
