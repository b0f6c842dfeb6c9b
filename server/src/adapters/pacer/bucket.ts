import type { Bucket } from "../../ports/buckets.ts";

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

export const rateFor = (rates: Rates, name: string): Rate => {
  const [best] = Object.entries(rates)
    .filter(([prefix]) => name.startsWith(prefix))
    .toSorted(([a], [b]) => b.length - a.length);
  return best?.[1] ?? unknown;
};

export const fullBucket = (usual: Rate, now: number): Bucket => ({
  tokens: usual.burst,
  at: now,
  rateShare: 1,
  burstShare: 1,
  slowedAt: 0,
});

const grown = (share: number, since: number, doubles: number): number => Math.min(1, share * 2 ** (since / doubles));

/** Tokens a second, now. */
export const rateOf = (bucket: Bucket, usual: Rate, now: number): number =>
  usual.perSecond * grown(bucket.rateShare, now - bucket.slowedAt, rateRecovers);

export const burstOf = (bucket: Bucket, usual: Rate, now: number): number =>
  Math.max(1, usual.burst * grown(bucket.burstShare, now - bucket.slowedAt, burstRecovers));

/** With what has flowed in since. */
export const filled = (bucket: Bucket, usual: Rate, now: number): Bucket => {
  const gained = (Math.max(0, now - bucket.at) / 1000) * rateOf(bucket, usual, now);
  return { ...bucket, tokens: Math.min(burstOf(bucket, usual, now), bucket.tokens + gained), at: now };
};

/** Milliseconds until `tokens` have flowed in. */
export const timeFor = (tokens: number, bucket: Bucket, usual: Rate, now: number): number =>
  Math.ceil((Math.max(0, tokens) / rateOf(bucket, usual, now)) * 1000);

/**
 * After a throttle: empty, with half the rate and half the burst, and what was promised is void.
 * @param chance 0 to 1, so that those who share an account outside this bucket do not come back in step
 */
export const slowed = (bucket: Bucket, usual: Rate, now: number, chance: number): Bucket => {
  const { tokens } = filled(bucket, usual, now);
  const since = now - bucket.slowedAt;
  if (since < sameThrottle) return { ...bucket, tokens: Math.min(0, tokens), at: now };
  return {
    tokens: -chance,
    at: now,
    rateShare: Math.max(slowest, grown(bucket.rateShare, since, rateRecovers) / 2),
    burstShare: Math.max(slowest, grown(bucket.burstShare, since, burstRecovers) / 2),
    slowedAt: now,
  };
};
