import type { Step } from "../pipeline.ts";

/** A pause against lagging kubelet caches: a new pod must not start with the old Secret (kubernetes/kubernetes#129645). */
export const settle: Step = {
  name: "settle",
  run: async (job) => {
    const seconds = job.environment.settings.settleSeconds;
    if ((await job.target.mirror()) === null || seconds === 0) return "Nothing to wait for.";
    await job.host.clock.sleep(seconds * 1000, job.signal);
    return `Waited ${seconds} s for the kubelets' caches.`;
  },
};
