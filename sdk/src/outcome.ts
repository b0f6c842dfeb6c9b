import type { ReplyOf, Routes } from "@keyroll/contract";

type Deployment = ReplyOf<Routes["deployments.get"]>["deployment"];

interface OutcomeNow {
  readonly state: Deployment["state"] | "ran";
  /** A sentence, or null before its end. */
  readonly outcome: string | null;
}

/**
 * How a deployment stands now. What one that ended as running brought about was so at its end; `isLast` says whether none has
 * followed it, so that it may still be.
 */
export const outcomeNow = ({ state, outcome }: Pick<Deployment, "state" | "outcome">, isLast: boolean): OutcomeNow =>
  state !== "running" || isLast
    ? { state, outcome }
    : { state: "ran", outcome: outcome === null ? null : `At its end: ${outcome}` };
