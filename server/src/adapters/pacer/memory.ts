import type { Clock } from "../../ports/clock.ts";
import type { Pacer } from "../../ports/pacer.ts";
import type { Random } from "../../ports/random.ts";

interface Bucket {
  /** Epoch milliseconds from which on the next call may go out. */
  free: number;
  /** Milliseconds between two calls. */
  gap: number;
}

/** Calls a second, by the beginning of the bucket's name; the longest match counts. */
export type Rates = Readonly<Record<string, number>>;

/** One pacer for this process: calls of a bucket leave evenly, and further apart for a while after a throttle. */
export const createPacer = (options: {
  readonly clock: Clock;
  readonly random: Random;
  readonly rates: Rates;
}): Pacer => {
  const buckets = new Map<string, Bucket>();
  const usual = (name: string): number => {
    const [best] = Object.entries(options.rates)
      .filter(([prefix]) => name.startsWith(prefix))
      .toSorted(([a], [b]) => b.length - a.length);
    return 1000 / (best?.[1] ?? 20);
  };
  const bucketOf = (name: string): Bucket => {
    const bucket = buckets.get(name) ?? { free: 0, gap: usual(name) };
    buckets.set(name, bucket);
    return bucket;
  };
  return {
    take: async (name, signal) => {
      signal?.throwIfAborted();
      const bucket = bucketOf(name);
      const now = options.clock.now();
      const mine = Math.max(now, bucket.free);
      bucket.free = mine + bucket.gap;
      bucket.gap = Math.max(usual(name), bucket.gap * 0.95);
      if (mine > now) await options.clock.sleep(mine - now, signal);
    },
    throttled: (name) => {
      const bucket = bucketOf(name);
      bucket.gap = Math.min(bucket.gap * 2, 5000);
      bucket.free = Math.max(bucket.free, options.clock.now()) + bucket.gap * options.random.fraction();
    },
  };
};
