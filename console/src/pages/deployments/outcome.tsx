import { outcomeNow } from "@keyroll/sdk";
import type { Deployment } from "../../client.ts";
import type { Tone } from "../../ui/banner.tsx";
import { State } from "../../ui/state.tsx";

type StateNow = ReturnType<typeof outcomeNow>["state"];

export const tones: Readonly<Record<StateNow, Tone>> = {
  queued: "plain",
  active: "plain",
  running: "good",
  ran: "plain",
  failed: "bad",
  cancelled: "warn",
};

const words: Readonly<Record<StateNow, string>> = {
  queued: "queued",
  active: "under way",
  running: "running",
  ran: "ran",
  failed: "failed",
  cancelled: "cancelled",
};

export const isOver = ({ state }: Deployment): boolean => state !== "queued" && state !== "active";

/** How a deployment stands, or how it ended. */
export const Outcome = ({ deployment, isLast }: { readonly deployment: Deployment; readonly isLast: boolean }) => {
  const { state } = outcomeNow(deployment, isLast);
  return <State tone={tones[state]}>{words[state]}</State>;
};

/** Its goal in a few words: revision, chart and values. */
export const Goal = ({ goal }: { readonly goal: Deployment["goal"] }) => (
  <>
    revision {goal.revision}
    {goal.release === null ? "" : ` · ${goal.release.chart} ${goal.release.version}`}
    {goal.values === null || goal.values === 0 ? "" : ` · values ${goal.values}`}
  </>
);

/** `8 s`, `2 min 5 s`. Milliseconds. */
export const duration = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
};
