import type { PodFacts } from "./facts.ts";

/**
 * How far each node's clock may be from the API server's, in milliseconds: a kubelet notes a pod's start time by
 * its own clock, right after the control plane noted that it was scheduled. A slow start only adds to that, so the least
 * difference is the nearest to the truth: one of a clock that is behind is negative, and a slow start must not hide it. What
 * is left of one counts as skew too, which only makes the proof more careful.
 */
export const nodeSkew = (pods: readonly PodFacts[]): ReadonlyMap<string, number> => {
  const least = new Map<string, number>();
  for (const pod of pods) {
    if (pod.node === null || pod.kubeletStartTime === null) continue;
    const difference = pod.kubeletStartTime - Math.max(pod.createdAt, pod.scheduledAt ?? 0);
    const known = least.get(pod.node);
    if (known === undefined || difference < known) least.set(pod.node, difference);
  }
  return new Map([...least].map(([node, difference]) => [node, Math.abs(difference)]));
};
