import type { Job } from "../job.ts";
import type { Step } from "../pipeline.ts";
import { recordTemplates } from "../timeline.ts";

/** A pause against lagging kubelet caches: a new pod must not start with the old Secret (kubernetes/kubernetes#129645). */
export const settle: Step = {
  name: "settle",
  run: async (job) => {
    const mirror = await job.target.mirror();
    if (mirror === null) return "Nothing to wait for.";
    if (mirror.ours && mirror.resourceVersion !== null) await look(job, mirror.resourceVersion);
    const seconds = job.environment.settings.settleSeconds;
    if (seconds === 0) return "Nothing to wait for.";
    await job.host.clock.sleep(seconds * 1000, job.signal);
    return `Waited ${seconds} s for the kubelets' caches.`;
  },
};

/**
 * Notes which pods and templates are there already: those that come later were made after the write. What others have
 * rolled out since this deployment began may have read what was there before.
 */
const look = async (job: Job, afterResourceVersion: string): Promise<void> => {
  const { pods, workloads } = await job.target.observe(job.signal);
  await job.note({ look: { afterResourceVersion, pods: pods.map(({ uid }) => uid) } }, null);
  await recordTemplates(job, "before-write", workloads);
};
