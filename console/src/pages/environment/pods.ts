import type { Status } from "../../client.ts";
import type { Tone } from "../../ui/banner.tsx";

export type Workload = Status["workloads"][number];
export type Instance = Workload["instances"][number];

/** How a verdict reads, and how it is coloured. */
export const verdicts: Readonly<Record<Instance["verdict"], readonly [Tone, string]>> = {
  current: ["good", "current"],
  stale: ["bad", "behind"],
  ambiguous: ["warn", "cannot be told"],
  drifted: ["bad", "changed by somebody else"],
  draining: ["plain", "is being removed"],
  blocked: ["warn", "does not start"],
  finished: ["plain", "has ended"],
  "in-flight": ["plain", "a run under way"],
};

/** Why a verdict is known (architecture: "Proof"). */
const proofs: Readonly<Record<number, string>> = {
  1: "1: the process says so itself",
  2: "2: its pod carries the mark that this deployment set",
  3: "3: its pod template, or the pod, appeared after the Secret was written",
  4: "4: it started after the write, by both clocks; this alone proves no deployment",
};

export const proofOf = (evidence: number | null): string =>
  evidence === null ? "none is needed, or there is none" : (proofs[evidence] ?? String(evidence));

/** Whether it is expected to run what the cluster holds, and does not. */
export const isBehind = ({ verdict }: Instance): boolean =>
  !["current", "draining", "finished", "in-flight"].includes(verdict);

/** A letter for each revision that runs, the newest first: A is what the newest instances run. */
export const lettersOf = (workloads: readonly Workload[]): ReadonlyMap<number, string> => {
  const revisions = new Set(
    workloads.flatMap(({ instances }) => instances.flatMap(({ revision }) => (revision === null ? [] : [revision]))),
  );
  const newestFirst = [...revisions].toSorted((a, b) => b - a);
  return new Map(
    newestFirst.map((revision, index) => [revision, index < 26 ? String.fromCodePoint(65 + index) : "…"] as const),
  );
};

/** How many instances run each revision, newest first; `null` counts those that cannot be told. */
export const tally = (workloads: readonly Workload[]): readonly (readonly [number | null, number])[] => {
  const counts = new Map<number | null, number>();
  for (const { instances } of workloads)
    for (const { revision } of instances) counts.set(revision, (counts.get(revision) ?? 0) + 1);
  return [...counts].toSorted(([a], [b]) => (b ?? -1) - (a ?? -1));
};
