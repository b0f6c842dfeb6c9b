import type {
  ContainerFacts,
  ContainerVerdict,
  Goal,
  Look,
  PodFacts,
  TemplateRecord,
  Verdict,
  Write,
} from "./facts.ts";
import { nodeSkew } from "./skew.ts";
import { describeWaiting } from "./waiting.ts";
import { keysBetween, touches, windowOf, withRepairs, type Window } from "./windows.ts";

interface Finding {
  readonly verdict: Verdict;
  readonly revision: number | null;
  readonly evidence: 2 | 3 | 4 | null;
  readonly reason: string;
  /** What it runs is from here, where that is older than the goal or was there before it. */
  readonly since?: number;
}

interface Known {
  /** As they were recorded, and with what each put right. */
  readonly recorded: readonly Write[];
  readonly writes: readonly Write[];
  readonly templates: readonly TemplateRecord[];
  readonly goal: Goal;
  readonly look: Look | null;
}

/** By causality only as far as that reaches: a template that came back after a later write proves nothing about it. */
const levelOf = (window: Window, last: number): 2 | 3 | 4 => {
  if (last >= window.causal) return 4;
  return window.isMarked ? 2 : 3;
};

const unchangedSince = (container: ContainerFacts, goal: Goal): number | null => {
  const keys = container.uses === "all" ? [...goal.lastChange.keys()] : container.uses;
  const newest = Math.max(0, ...keys.map((key) => goal.lastChange.get(key) ?? 0));
  return newest > 0 && newest < goal.revision ? newest : null;
};

/** Whether a revision surely has the goal's value of every key that the container uses. */
const hasGoal = (revision: number, container: ContainerFacts, { goal, recorded }: Known): boolean => {
  const { lastChange, kept, revision: wanted } = goal;
  if (container.uses === "all") return revision === wanted && (kept === undefined || kept.size === 0);
  if (container.uses.some((key) => kept?.has(key) === true)) return false;
  if (revision <= wanted) return container.uses.every((key) => (lastChange.get(key) ?? wanted) <= revision);
  const between = keysBetween(recorded, revision, wanted);
  return between !== null && between !== "unknown" && !container.uses.some((key) => between.includes(key));
};

const whyCurrent: Readonly<Record<2 | 3 | 4, string>> = {
  2: "its pod carries the mark that was set after the Secret was written",
  3: "its pod template, or the pod, appeared after the Secret was written",
  4: "it started after the last change of its keys, by the clocks alone",
};

const files = (newest: Write, final: Write | undefined, goal: Goal): Finding => {
  // When they arrived is the kubelet's business: no start time says anything about them, so there is nothing to prove.
  const reason =
    "live-reloaded: its files follow the Secret within about a minute; the process may not have read them again";
  if (final?.revision === null) return { evidence: null, reason, verdict: "drifted", revision: null };
  if (newest.revision !== goal.revision) return { evidence: null, reason, verdict: "stale", revision: newest.revision };
  return { evidence: null, reason, verdict: "current", revision: goal.revision };
};

/** Of a container that runs, or has run to its end, while the Secret is there and ours. */
const started = (pod: PodFacts, container: ContainerFacts, skew: number, known: Known): Finding => {
  const { writes, templates, goal, look } = known;
  /** Whether it says which values the container found: what others did to keys that it does not use says nothing. */
  const tells = (write: Write): boolean =>
    write.kind === "goal" || (write.kind === "foreign" && touches(write, container));
  const newest = writes.findLast(tells);
  const last = writes.findLastIndex((write) => touches(write, container));
  const final = writes[last];
  if (newest === undefined)
    return { verdict: "stale", revision: null, evidence: null, reason: "Keyroll has not written the Secret yet" };
  if (container.how.every((how) => how === "volume")) return files(newest, final, goal);
  const window = windowOf(writes, templates, pod, container, { skew, look });
  const evidence = levelOf(window, last);
  const before = writes.slice(0, window.before).findLast(tells);
  const revision = before?.revision ?? null;
  if (final === undefined || last < window.before) {
    if (final?.revision === null) {
      const reason = "it started with values that somebody else wrote into the Secret";
      return { verdict: "drifted", revision: null, evidence, reason };
    }
    if (newest.revision !== goal.revision) {
      const reason = `the Secret holds revision ${newest.revision}, not ${goal.revision}`;
      return { verdict: "stale", revision, evidence, reason };
    }
    return { verdict: "current", revision: goal.revision, evidence, reason: whyCurrent[evidence] };
  }
  /** What it may have read; null: nothing that is ours. */
  const near = writes.slice(window.before, window.after).filter(tells);
  const read = [revision, ...near.map((write) => write.revision)];
  const isGoal = (one: number | null): boolean =>
    one !== null && newest.revision === goal.revision && hasGoal(one, container, known);
  if (last >= window.after && read.every(isGoal)) {
    const reason = "its keys changed after it started and changed back: it runs what the Secret holds again";
    return { verdict: "current", revision: goal.revision, evidence, reason, since: revision ?? goal.revision };
  }
  const isCertain = !writes.slice(window.before, window.after).some((write) => touches(write, container));
  if (last >= window.after && isCertain && before?.kind === "foreign") {
    const reason = "it started with values that somebody else wrote into the Secret";
    return { verdict: "drifted", revision: null, evidence, reason };
  }
  if (last < window.after || read.some(isGoal)) {
    const reason = "its keys changed so near to its start that the order cannot be told; restarting it settles that";
    return { verdict: "ambiguous", revision: null, evidence, reason };
  }
  if (final.revision === null) {
    const reason = "somebody else changed its keys in the Secret after it started";
    return { verdict: "drifted", revision, evidence, reason };
  }
  const reason = `its keys changed in revision ${final.revision} after it started`;
  return { verdict: "stale", revision: isCertain ? revision : null, evidence, reason };
};

/** Of a container that runs while the Secret is not there, or is somebody else's. */
const without = (pod: PodFacts, container: ContainerFacts, skew: number, known: Known): Finding => {
  const window = windowOf(known.writes, known.templates, pod, container, { skew, look: known.look });
  const base = known.writes.slice(0, window.before).findLast((write) => write.kind !== "contract");
  const reason =
    known.goal.secret === "gone"
      ? "the Secret is not there: it runs what it read before and could not start again"
      : "the Secret is not Keyroll's: what it reads at its next start is somebody else's";
  return { verdict: "drifted", revision: base?.revision ?? null, evidence: null, reason };
};

/** Kinds whose pods run once: nothing restarts them, the next run reads the Secret as it is then. */
const runKinds = new Set(["Job", "CronJob", "Workflow", "TaskRun", "PipelineRun"]);
export const isRun = (workload: { readonly kind: string } | null): boolean =>
  workload !== null && runKinds.has(workload.kind);

const inFlight = (found: Finding): Finding => ({
  ...found,
  verdict: "in-flight",
  reason:
    found.revision === null
      ? `a run that is under way: ${found.reason}`
      : `a run that is under way with revision ${found.revision}; nothing restarts it, the next one reads the Secret anew`,
});

const finding = (pod: PodFacts, container: ContainerFacts, skew: number, known: Known): Finding => {
  const none = { revision: null, evidence: null };
  const { finished, waiting, role } = container;
  if (pod.deleting) return { ...none, verdict: "draining", reason: "its pod is being removed" };
  if (pod.phase === "Succeeded" || pod.phase === "Failed")
    return { ...none, verdict: "finished", reason: `its pod has ended (${pod.phase})` };
  if (container.startedAt === null || waiting !== null) {
    const why = waiting === null ? "it has not started" : describeWaiting(waiting);
    return { ...none, verdict: "blocked", reason: why };
  }
  if (finished !== null && (role === "ephemeral" || isRun(pod.workload)))
    return { ...none, verdict: "finished", reason: "it has done its work" };
  if (finished !== null && (role !== "init" || finished.exitCode !== 0)) {
    const why = `it has ended with exit code ${finished.exitCode}${finished.reason === "" ? "" : ` (${finished.reason})`}`;
    return { ...none, verdict: "blocked", reason: why };
  }
  // An init container that is done has left what it read in its pod: it is judged as if it still ran.
  const isThere = (known.goal.secret ?? "ours") === "ours";
  const found = isThere ? started(pod, container, skew, known) : without(pod, container, skew, known);
  return isRun(pod.workload) && found.verdict !== "current" ? inFlight(found) : found;
};

/**
 * Which revision every consuming container runs, and why that is known (kubernetes.md, section 4). Never says
 * `current` unless every write that touches the container's keys surely came before it read them, or it surely read
 * the same values.
 */
export const judge = (
  writes: readonly Write[],
  templates: readonly TemplateRecord[],
  pods: readonly PodFacts[],
  goal: Goal,
  look: Look | null = null,
): ContainerVerdict[] => {
  const skews = nodeSkew(pods);
  const known = { recorded: writes, writes: withRepairs(writes), templates, goal, look };
  return pods.flatMap((pod) =>
    pod.containers
      .filter((container) => container.uses === "all" || container.uses.length > 0)
      .map((container) => {
        const { since, ...found } = finding(pod, container, skews.get(pod.node ?? "") ?? 0, known);
        return {
          pod: pod.name,
          podUid: pod.uid,
          container: container.name,
          workload: pod.workload,
          unchangedSince: found.verdict === "current" ? (since ?? unchangedSince(container, goal)) : null,
          ...found,
        };
      }),
  );
};

/** Whether a verdict is about something that should run the goal: not what goes, has ended, or runs once. */
export const isCounted = ({ verdict, workload }: ContainerVerdict): boolean =>
  verdict !== "draining" && verdict !== "finished" && !isRun(workload);

/**
 * Whether a deployment is proven: every consumer that is not on its way out is current, by more than time alone
 * where its keys changed in this very revision.
 */
export const proven = (verdicts: readonly ContainerVerdict[]): boolean =>
  verdicts.every(
    (one) =>
      !isCounted(one) ||
      (one.verdict === "current" && (one.unchangedSince !== null || one.evidence === null || one.evidence <= 3)),
  );
