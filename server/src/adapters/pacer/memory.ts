import type { Bucket } from "../../ports/buckets.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Pacer } from "../../ports/pacer.ts";
import type { Random } from "../../ports/random.ts";
import { filled, fullBucket, rateFor, slowed, timeFor, type Rate, type Rates } from "./bucket.ts";

interface Line {
  readonly usual: Rate;
  bucket: Bucket;
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
  const lines = new Map<string, Line>();

  const lineOf = (name: string): Line => {
    const known = lines.get(name);
    if (known !== undefined) return known;
    const usual = rateFor(options.rates, name);
    const line: Line = { usual, bucket: fullBucket(usual, clock.now()), last: Promise.resolve() };
    lines.set(name, line);
    return line;
  };

  const spend = async (line: Line, signal: AbortSignal | undefined): Promise<void> => {
    // A throttle may empty the bucket while this one sleeps: it looks again.
    for (;;) {
      signal?.throwIfAborted();
      const now = clock.now();
      line.bucket = filled(line.bucket, line.usual, now);
      if (line.bucket.tokens >= 1) break;
      await clock.sleep(timeFor(1 - line.bucket.tokens, line.bucket, line.usual, now), signal);
    }
    line.bucket = { ...line.bucket, tokens: line.bucket.tokens - 1 };
  };

  return {
    take: async (name, signal) => {
      signal?.throwIfAborted();
      const line = lineOf(name);
      const turn = line.last.then(async () => await spend(line, signal));
      line.last = turn.catch(() => undefined);
      await (signal === undefined ? turn : unlessAborted(turn, signal));
    },
    expects: (name, calls) => {
      const { bucket, usual } = lineOf(name);
      const now = clock.now();
      const there = filled(bucket, usual, now);
      return timeFor(calls - there.tokens, there, usual, now);
    },
    throttled: async (name) => {
      const line = lineOf(name);
      line.bucket = slowed(line.bucket, line.usual, clock.now(), options.random.fraction());
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
