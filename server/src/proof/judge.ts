import type { ContainerFacts, ContainerVerdict, Goal, PodFacts, TemplateRecord, Verdict, Write } from "./facts.ts";
import { nodeSkew } from "./skew.ts";
import { describeWaiting } from "./waiting.ts";

/** Both clocks are read in whole seconds, and a write's true time is up to a second after its stamp. */
const margin = 2000;
const precision = 1000;

/** What a container's start says about the writes that touch its keys. */
interface Window {
  /** Everything up to here happened before the container read its keys. */
  readonly before: number;
  /** Everything from here on happened after. */
  readonly after: number;
  readonly causal: TemplateRecord | null;
}

/** Whether a write changed a value that this container uses. The contract write only takes away what is not named any more. */
const touches = (write: Write, container: ContainerFacts): boolean => {
  if (container.uses === "all")
    return write.kind !== "contract" && (write.changed === "unknown" || write.changed.length > 0);
  if (write.changed === "unknown") return true;
  const { changed } = write;
  return container.uses.some((key) => changed.includes(key));
};

/** Index of the first write that may have come after the container's start window, and of the first that surely did. */
const windowOf = (
  writes: readonly Write[],
  templates: readonly TemplateRecord[],
  pod: PodFacts,
  container: ContainerFacts,
  skew: number,
): Window => {
  const record = templates.find(
    (one) =>
      one.workloadUid === pod.workload?.uid && one.hash === pod.templateHash && one.afterResourceVersion !== null,
  );
  const seen =
    record === undefined ? -1 : writes.findIndex((write) => write.resourceVersion === record.afterResourceVersion);
  const began = Math.max(pod.createdAt, container.previousFinishedAt ?? 0);
  const ended = container.startedAt ?? began;
  const wide = margin + skew;
  // Order is certain, times are not: a write is before when it or any later one surely is.
  let before = seen + 1;
  for (const [index, write] of writes.entries())
    if (write.at + precision <= began - wide) before = Math.max(before, index + 1);
  let after = writes.length;
  for (let index = writes.length - 1; index >= before; index--)
    if ((writes[index]?.at ?? 0) >= ended + wide) after = index;
  return { before, after, causal: seen === -1 ? null : (record ?? null) };
};

const levelOf = (window: Window, pod: PodFacts): 2 | 3 | 4 => {
  if (window.causal === null) return 4;
  return pod.restartMark !== null && window.causal.restartMark === pod.restartMark ? 2 : 3;
};

const unchangedSince = (container: ContainerFacts, goal: Goal): number | null => {
  const keys = container.uses === "all" ? [...goal.lastChange.keys()] : container.uses;
  const newest = Math.max(0, ...keys.map((key) => goal.lastChange.get(key) ?? 0));
  return newest > 0 && newest < goal.revision ? newest : null;
};

interface Finding {
  readonly verdict: Verdict;
  readonly revision: number | null;
  readonly evidence: 2 | 3 | 4 | null;
  readonly reason: string;
}

const running = (
  writes: readonly Write[],
  templates: readonly TemplateRecord[],
  pod: PodFacts,
  container: ContainerFacts,
  goal: Goal,
  skew: number,
): Finding => {
  const newest = writes.findLast((write) => write.kind !== "contract");
  const last = writes.findLastIndex((write) => touches(write, container));
  const final = writes[last];
  if (newest === undefined)
    return { verdict: "stale", revision: null, evidence: null, reason: "Keyroll has not written the Secret yet" };
  if (container.how.every((how) => how === "volume")) {
    // When they arrived is the kubelet's business: no start time says anything about them, so there is nothing to prove.
    const files = {
      evidence: null,
      reason: "its files follow the Secret within about a minute; the process may not have read them again",
    };
    if (final?.revision === null) return { ...files, verdict: "drifted", revision: null };
    if (newest.revision !== goal.revision) return { ...files, verdict: "stale", revision: newest.revision };
    return { ...files, verdict: "current", revision: goal.revision };
  }
  const window = windowOf(writes, templates, pod, container, skew);
  const evidence = levelOf(window, pod);
  const before = writes.slice(0, window.before).findLast((write) => write.kind !== "contract");
  const known = before?.revision ?? null;
  if (final === undefined || last < window.before) {
    if (final?.revision === null)
      return {
        verdict: "drifted",
        revision: null,
        evidence,
        reason: "it started with values that somebody else wrote into the Secret",
      };
    if (newest.revision !== goal.revision)
      return {
        verdict: "stale",
        revision: known,
        evidence,
        reason: `the Secret holds revision ${newest.revision ?? "?"}, not ${goal.revision}`,
      };
    const why =
      evidence === 4
        ? "it started after the last change of its keys"
        : "its pod template appeared after the Secret was written";
    return { verdict: "current", revision: goal.revision, evidence, reason: why };
  }
  if (last >= window.after) {
    const isSure = !writes.slice(window.before, window.after).some((write) => touches(write, container));
    if (isSure && before?.kind === "foreign" && touches(before, container))
      return {
        verdict: "drifted",
        revision: null,
        evidence,
        reason: "it started with values that somebody else wrote into the Secret",
      };
    // Somebody changed the Secret and what was deployed was put back: a process has what it started with.
    const isBack = writes.slice(window.after).some(({ revision }) => revision === null);
    if (isSure && isBack && known !== null && known === goal.revision && known === final.revision)
      return {
        verdict: "current",
        revision: known,
        evidence,
        reason: "it started with this revision; what somebody else wrote since then was put back",
      };
    if (final.revision === null)
      return {
        verdict: "drifted",
        revision: known,
        evidence,
        reason: "somebody else changed its keys in the Secret after it started",
      };
    return {
      verdict: "stale",
      revision: known,
      evidence,
      reason: `its keys changed in revision ${final.revision} after it started`,
    };
  }
  return {
    verdict: "ambiguous",
    revision: null,
    evidence,
    reason: "its keys changed so near to its start that the order cannot be told; restarting it settles that",
  };
};

const finding = (
  writes: readonly Write[],
  templates: readonly TemplateRecord[],
  pod: PodFacts,
  container: ContainerFacts,
  goal: Goal,
  skew: number,
): Finding => {
  const none = { revision: null, evidence: null };
  if (pod.deleting) return { ...none, verdict: "draining", reason: "its pod is being removed" };
  if (pod.phase === "Succeeded" || pod.phase === "Failed")
    return { ...none, verdict: "finished", reason: `its pod has ended (${pod.phase})` };
  if (container.finished !== null && container.role !== "container" && container.role !== "sidecar") {
    return { ...none, verdict: "finished", reason: "it has done its work" };
  }
  if (container.startedAt === null || container.waiting !== null) {
    const why = container.waiting === null ? "it has not started" : describeWaiting(container.waiting);
    return { ...none, verdict: "blocked", reason: why };
  }
  return running(writes, templates, pod, container, goal, skew);
};

/**
 * Which revision every consuming container runs, and why that is known (kubernetes.md, section 4). Never says
 * `current` unless every write that touches the container's keys surely came before it read them.
 */
export const judge = (
  writes: readonly Write[],
  templates: readonly TemplateRecord[],
  pods: readonly PodFacts[],
  goal: Goal,
): ContainerVerdict[] => {
  const skews = nodeSkew(pods);
  return pods.flatMap((pod) =>
    pod.containers
      .filter((container) => container.uses === "all" || container.uses.length > 0)
      .map((container) => {
        const found = finding(writes, templates, pod, container, goal, skews.get(pod.node ?? "") ?? 0);
        return {
          pod: pod.name,
          podUid: pod.uid,
          container: container.name,
          workload: pod.workload,
          unchangedSince: found.verdict === "current" ? unchangedSince(container, goal) : null,
          ...found,
        };
      }),
  );
};

/**
 * Whether a deployment is proven: every consumer that is not on its way out is current, by more than time alone
 * where its keys changed in this very revision.
 */
export const proven = (verdicts: readonly ContainerVerdict[]): boolean =>
  verdicts.every(
    ({ verdict, evidence, unchangedSince: since }) =>
      verdict === "draining" ||
      verdict === "finished" ||
      (verdict === "current" && (since !== null || evidence === null || evidence <= 3)),
  );
