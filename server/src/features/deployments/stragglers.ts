import { count } from "@keyroll/pairs";
import { proven, type ContainerVerdict } from "../../proof/index.ts";
import type { Evictions, Refusal, WorkloadFacts } from "../../ports/target.ts";
import { rolledKinds } from "../../ports/workload-kinds.ts";
import type { Job } from "./job.ts";

/** What became of the pods that a rollout left with older values. */
export interface Stragglers {
  /** Uids of those that were replaced. */
  readonly gone: Set<string>;
  /** Workload -> when one of its pods was replaced last, in epoch milliseconds. */
  readonly at: Map<string, number>;
  /** By uid: those that could not be replaced, the one that was tried longest ago first. */
  readonly refused: Map<string, Refusal>;
  /** What was said of them already. */
  readonly said: Set<string>;
}
export const noStragglers = (): Stragglers => ({
  gone: new Set(),
  at: new Map(),
  refused: new Map(),
  said: new Set(),
});

/** Milliseconds after which the next pod is replaced although the last one's successor is not ready: it may never be. */
const patience = 30_000;
/** Kinds whose pods come back with the newest template when they are evicted; Knative ends old revisions by itself. */
const isEvictable = (kind: string): boolean => rolledKinds.has(kind) && kind !== "Service";

const isStraggler = (one: ContainerVerdict): boolean =>
  (["stale", "ambiguous", "drifted"].includes(one.verdict) || (one.verdict === "current" && one.evidence === 4)) &&
  one.workload !== null &&
  isEvictable(one.workload.kind) &&
  !proven([one]);

interface Seen {
  readonly verdicts: readonly ContainerVerdict[];
  readonly workloads: readonly WorkloadFacts[];
}

/**
 * Pods that the rollout left with old values are replaced, once each, as disruption budgets allow, and of each workload one after
 * the other, as a rollout would; bare pods are not touched. One that may not be replaced is named, and tried again after the
 * others of its workload: somebody may give the right, or replace it, while the deployment waits. Where the setting is `report`
 * all are named and none is replaced.
 */
export const replaceStragglers = async (job: Job, seen: Seen, stragglers: Stragglers): Promise<void> => {
  const now = job.host.clock.now();
  const isReported = job.environment.settings.stragglers === "report";
  const next = isReported ? behind(seen, stragglers) : due(seen, stragglers, now);
  if (next.length === 0) return;
  const names = next.map(({ pod }) => pod);
  if (!isReported) await job.guard();
  const { gone, refused } = isReported ? leftTo(names) : await job.target.evict(names, job.signal);
  for (const { pod, podUid, workload } of next) {
    stragglers.refused.delete(podUid);
    const refusal = refused.find((one) => one.pod === pod);
    if (refusal !== undefined) stragglers.refused.set(podUid, refusal);
    if (!gone.includes(pod)) continue;
    stragglers.gone.add(podUid);
    if (workload !== null) stragglers.at.set(workload.uid, now);
  }
  if (gone.length > 0)
    await job.journal({
      type: "log",
      message: `Replacing ${count(gone.length, "pod")} that the rollout left with older values: ${gone.join(", ")}.`,
    });
  for (const { sentence, next: remedy } of grouped(
    job,
    refused.filter(({ pod, why, passes }) => !passes && !stragglers.said.has(`${pod} ${why}`)),
  ))
    await job.journal({ type: "log", message: `${sentence} The deployment waits for it. ${remedy}` });
  for (const { pod, why } of refused) stragglers.said.add(`${pod} ${why}`);
};

/** Where the environment's settings leave it to people. */
const leftTo = (pods: readonly string[]): Evictions => ({
  gone: [],
  refused: pods.map((pod) => ({ pod, why: "the setting stragglers is report", next: null, passes: false })),
});

/** One container of each such pod that was not replaced yet. */
const behind = ({ verdicts }: Pick<Seen, "verdicts">, { gone }: Pick<Stragglers, "gone">): ContainerVerdict[] => [
  ...new Map(
    verdicts.filter((one) => isStraggler(one) && !gone.has(one.podUid)).map((one) => [one.podUid, one]),
  ).values(),
];

/** One of each workload that has room for it. */
const due = (seen: Seen, stragglers: Stragglers, now: number): ContainerVerdict[] => {
  const { workloads } = seen;
  const { at, refused } = stragglers;
  const isDue = (uid: string): boolean => {
    const last = at.get(uid);
    const facts = workloads.find((one) => one.uid === uid);
    return last === undefined || facts === undefined || facts.ready >= facts.wanted || now - last >= patience;
  };
  const turns = [...refused.keys()];
  const next = new Map<string, ContainerVerdict>();
  for (const one of behind(seen, stragglers).toSorted((a, b) => turns.indexOf(a.podUid) - turns.indexOf(b.podUid)))
    if (one.workload !== null && !next.has(one.workload.uid) && isDue(one.workload.uid))
      next.set(one.workload.uid, one);
  return [...next.values()];
};

/** Why those that are still behind were not replaced, and what to do. */
export const refusals = (job: Job, verdicts: readonly ContainerVerdict[], { refused }: Stragglers) => {
  const still = new Set(verdicts.filter(isStraggler).map(({ podUid }) => podUid));
  return grouped(
    job,
    [...refused].flatMap(([uid, refusal]) => (still.has(uid) ? [refusal] : [])),
  );
};

const grouped = ({ environment }: Job, refused: readonly Refusal[]) => {
  const byReason = new Map<string, { readonly pods: string[]; readonly remedy: string | null }>();
  for (const { pod, why, next } of refused) {
    const group = byReason.get(why) ?? { pods: [], remedy: next };
    group.pods.push(pod);
    byReason.set(why, group);
  }
  return [...byReason].map(([why, { pods, remedy }]) => {
    const byHand = `kubectl delete pod -n ${environment.namespace ?? ""} ${pods.join(" ")}`;
    return {
      sentence: `Not replaced, with older values: ${pods.join(", ")} (${why}).`,
      next: `${remedy === null ? "Replace" : `${remedy}, or replace`} by hand: \`${byHand}\`.`,
    };
  });
};
