import type { Job } from "../job.ts";
import type { Step } from "../pipeline.ts";
import { recordTemplates, type Recording } from "../timeline.ts";

type Mirrored = NonNullable<Awaited<ReturnType<Job["target"]["mirror"]>>>;
type Observed = Awaited<ReturnType<Recording["target"]["observe"]>>;

/** What of a job this step needs. */
interface Settling extends Recording {
  readonly environment: Recording["environment"] & {
    readonly settings: Pick<Job["environment"]["settings"], "settleSeconds">;
  };
  readonly target: {
    mirror(): Promise<Pick<Mirrored, "ours" | "resourceVersion"> | null>;
    observe(signal: AbortSignal): Promise<Observed & { readonly pods: readonly { readonly uid: string }[] }>;
  };
}

/** A pause against lagging kubelet caches: a new pod must not start with the old Secret (kubernetes/kubernetes#129645). */
export const settle = {
  name: "settle",
  run: async (job: Settling) => {
    const mirror = await job.target.mirror();
    if (mirror === null) return "Nothing to wait for.";
    if (mirror.ours && mirror.resourceVersion !== null) await look(job, mirror.resourceVersion);
    const seconds = job.environment.settings.settleSeconds;
    if (seconds === 0) return "Nothing to wait for.";
    await job.host.clock.sleep(seconds * 1000, job.signal);
    return `Waited ${seconds} s for the kubelets' caches.`;
  },
} satisfies Step;

/**
 * Notes which pods and templates are there already: those that come later were made after the write. What others have
 * rolled out since this deployment began may have read what was there before.
 */
const look = async (job: Settling, afterResourceVersion: string): Promise<void> => {
  const { pods, workloads } = await job.target.observe(job.signal);
  await job.note({ look: { afterResourceVersion, pods: pods.map(({ uid }) => uid) } }, null);
  await recordTemplates(job, "before-write", workloads);
};
