import type { ContainerFacts, Look, PodFacts, TemplateRecord, Write } from "./facts.ts";

/** Both clocks are read in whole seconds, and a write's true time is up to a second after its stamp. */
const margin = 2000;
const precision = 1000;

/** What a container's start says about the writes, by their index: up to `before` they surely came before it. */
export interface Window {
  readonly before: number;
  /** From here on they surely came after it. */
  readonly after: number;
  /** Up to here they came before it by causality, whatever the clocks say. */
  readonly causal: number;
  /** Carries the mark with which that template appeared. */
  readonly isMarked: boolean;
}

/** Whether a write changed a value that this container uses. The contract write only takes away what is not named any more. */
export const touches = (write: Write, container: ContainerFacts): boolean => {
  if (container.uses === "all")
    return write.kind !== "contract" && (write.changed === "unknown" || write.changed.length > 0);
  if (write.changed === "unknown") return true;
  const { changed } = write;
  return container.uses.some((key) => changed.includes(key));
};

/** A write of ours puts back what others changed before it, although its revisions do not tell. */
export const withRepairs = (writes: readonly Write[]): readonly Write[] => {
  let foreign: Write["changed"] = [];
  return writes.map((write) => {
    const changed =
      write.changed === "unknown" || foreign === "unknown"
        ? ("unknown" as const)
        : [...new Set([...write.changed, ...foreign])];
    if (write.kind === "contract") return write;
    foreign = write.kind === "foreign" ? changed : [];
    return write.kind === "foreign" ? write : { ...write, changed };
  });
};

/** Keys that may differ between two revisions which followed one another in the Secret; null: these did not. */
export const keysBetween = (writes: readonly Write[], one: number, other: number): Write["changed"] | null => {
  const own = writes.filter(({ kind }) => kind === "goal");
  const found = own.findLast((write, index) => {
    const before = own[index - 1]?.revision;
    return (before === one && write.revision === other) || (before === other && write.revision === one);
  });
  return found?.changed ?? null;
};

/** The newest write that came before this pod's template, or the pod itself, was there: its index, and the record. */
const causality = (
  writes: readonly Write[],
  templates: readonly TemplateRecord[],
  pod: PodFacts,
  look: Look | null,
): { readonly causal: number; readonly record: TemplateRecord | null } => {
  const indexOf = (resourceVersion: string | null): number =>
    resourceVersion === null ? -1 : writes.findIndex((write) => write.resourceVersion === resourceVersion);
  const record = templates.find(
    (one) =>
      one.workloadUid === pod.workload?.uid && one.hash === pod.templateHash && one.afterResourceVersion !== null,
  );
  const byTemplate = indexOf(record?.afterResourceVersion ?? null);
  const byPod = look === null || look.pods.has(pod.uid) ? -1 : indexOf(look.afterResourceVersion);
  return { causal: Math.max(byTemplate, byPod) + 1, record: byTemplate === -1 ? null : (record ?? null) };
};

/** Which writes came before a container read its keys, and which after. */
export const windowOf = (
  writes: readonly Write[],
  templates: readonly TemplateRecord[],
  pod: PodFacts,
  container: ContainerFacts,
  { skew, look }: { readonly skew: number; readonly look: Look | null },
): Window => {
  const { causal, record } = causality(writes, templates, pod, look);
  const began = Math.max(pod.createdAt, container.previousFinishedAt ?? 0);
  const ended = container.startedAt ?? began;
  const wide = margin + skew;
  // Order is certain, times are not: a write is before when it or any later one surely is.
  let before = causal;
  for (const [index, write] of writes.entries())
    if (write.at + precision <= began - wide) before = Math.max(before, index + 1);
  let after = writes.length;
  for (let index = writes.length - 1; index >= before; index--)
    if ((writes[index]?.at ?? 0) >= ended + wide) after = index;
  const isMarked = record !== null && pod.restartMark !== null && record.restartMark === pod.restartMark;
  return { before, after, causal, isMarked };
};
