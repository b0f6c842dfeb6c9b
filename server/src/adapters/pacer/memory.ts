import type { Clock } from "../../ports/clock.ts";
import type { Pacer } from "../../ports/pacer.ts";
import type { Random } from "../../ports/random.ts";

/** What the provider allows, as far as it is known before the first call. */
export interface Rate {
  readonly perSecond: number;
  /** Calls that may leave at once after a rest. */
  readonly burst: number;
}

/** By the beginning of the bucket's name; the longest match counts. */
export type Rates = Readonly<Record<string, Rate>>;

const unknown: Rate = { perSecond: 20, burst: 20 };

/** Throttles told within this time are one: the calls had left together. Milliseconds. */
const sameThrottle = 1000;
/** A halved rate is whole again after this time, a halved burst after the longer one. Milliseconds. */
const rateRecovers = 30_000;
const burstRecovers = 600_000;
/** Slower than this share of the usual rate it never becomes. */
const slowest = 1 / 64;

interface Bucket {
  readonly usual: Rate;
  tokens: number;
  /** When `tokens` was right. Epoch milliseconds. */
  at: number;
  /** Shares of the usual rate and burst that were left at the last throttle; both grow back from then on. */
  rateShare: number;
  burstShare: number;
  slowedAt: number;
  /** The turn of whoever asked last. */
  last: Promise<void>;
}

/** One pacer for this process: token buckets that learn from throttling what the account really allows. */
export const createPacer = (options: {
  readonly clock: Clock;
  readonly random: Random;
  readonly rates: Rates;
}): Pacer => {
  const { clock } = options;
  const buckets = new Map<string, Bucket>();

  const bucketOf = (name: string): Bucket => {
    const known = buckets.get(name);
    if (known !== undefined) return known;
    const [best] = Object.entries(options.rates)
      .filter(([prefix]) => name.startsWith(prefix))
      .toSorted(([a], [b]) => b.length - a.length);
    const usual = best?.[1] ?? unknown;
    const bucket: Bucket = {
      usual,
      tokens: usual.burst,
      at: clock.now(),
      rateShare: 1,
      burstShare: 1,
      slowedAt: Number.NEGATIVE_INFINITY,
      last: Promise.resolve(),
    };
    buckets.set(name, bucket);
    return bucket;
  };

  const grown = (share: number, since: number, doubles: number): number => Math.min(1, share * 2 ** (since / doubles));
  const rateOf = (bucket: Bucket): number =>
    bucket.usual.perSecond * grown(bucket.rateShare, clock.now() - bucket.slowedAt, rateRecovers);
  const burstOf = (bucket: Bucket): number =>
    Math.max(1, bucket.usual.burst * grown(bucket.burstShare, clock.now() - bucket.slowedAt, burstRecovers));

  const fill = (bucket: Bucket): void => {
    const now = clock.now();
    const gained = (Math.max(0, now - bucket.at) / 1000) * rateOf(bucket);
    bucket.tokens = Math.min(burstOf(bucket), bucket.tokens + gained);
    bucket.at = now;
  };

  const spend = async (bucket: Bucket, signal: AbortSignal | undefined): Promise<void> => {
    // A throttle may empty the bucket while this one sleeps: it looks again.
    for (;;) {
      signal?.throwIfAborted();
      fill(bucket);
      if (bucket.tokens >= 1) break;
      await clock.sleep(Math.ceil(((1 - bucket.tokens) / rateOf(bucket)) * 1000), signal);
    }
    bucket.tokens -= 1;
  };

  return {
    take: async (name, signal) => {
      signal?.throwIfAborted();
      const bucket = bucketOf(name);
      const turn = bucket.last.then(async () => await spend(bucket, signal));
      bucket.last = turn.catch(() => undefined);
      await (signal === undefined ? turn : unlessAborted(turn, signal));
    },
    throttled: (name) => {
      const bucket = bucketOf(name);
      fill(bucket);
      bucket.tokens = Math.min(0, bucket.tokens);
      const now = clock.now();
      if (now - bucket.slowedAt < sameThrottle) return;
      const rateShare = grown(bucket.rateShare, now - bucket.slowedAt, rateRecovers);
      const burstShare = grown(bucket.burstShare, now - bucket.slowedAt, burstRecovers);
      bucket.rateShare = Math.max(slowest, rateShare / 2);
      bucket.burstShare = Math.max(slowest, burstShare / 2);
      // Several processes that share the account must not come back in step.
      bucket.tokens = -options.random.fraction();
      bucket.slowedAt = now;
    },
  };
};

/** Whoever gives up does not wait for those before him. */
const unlessAborted = async (turn: Promise<void>, signal: AbortSignal): Promise<void> => {
  const { promise, reject } = Promise.withResolvers<never>();
  // Node's own abort reason is an error; a caller's may be anything and is passed on as it is.
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([turn, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
};
