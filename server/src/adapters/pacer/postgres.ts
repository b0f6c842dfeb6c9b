import { KeyrollError } from "@keyroll/contract/errors";
import type { Bucket, Buckets } from "../../ports/buckets.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Pacer } from "../../ports/pacer.ts";
import type { Random } from "../../ports/random.ts";
import { filled, fullBucket, rateFor, slowed, timeFor, type Rate, type Rates } from "./bucket.ts";
import { visit, type Ticket } from "./visit.ts";

/** How long tokens beyond those asked for may lie here: the calls of one save follow each other closely. Milliseconds. */
const spareServes = 250;
/** A change of the row that others were faster with is tried anew; so often in a row it is not chance any more. */
const attempts = 100;

interface Waiter {
  go(): void;
  fail(error: unknown): void;
}

/** Those of this server who wait for tokens of one bucket, and what it has of them. */
interface Line {
  readonly usual: Rate;
  readonly waiting: Waiter[];
  spare: number;
  /** By this server's clock. */
  spareUntil: number;
  ticket: Ticket | null;
  /** The bucket as this server saw it last; `ahead` is how far the database's clock was before ours. */
  seen: { readonly bucket: Bucket; readonly ahead: number } | null;
  isServed: boolean;
  /** Ends the sleep when nobody waits any more. */
  rest: AbortController;
}

/**
 * The pacer of one server among several: the buckets are rows of the database, so that all servers together stay
 * below the quota and a throttle that one is told slows all. Tokens are taken as many at a time as calls wait, and a
 * few more while the bucket is rich. Where it is empty, each server has the promise of one token at a time, in the
 * order in which they asked, and sleeps until it is due. What a dead server had taken flows in again.
 */
export const createPacer = (options: {
  readonly clock: Clock;
  readonly random: Random;
  readonly rates: Rates;
  readonly buckets: Buckets;
}): Pacer => {
  const { clock, random, buckets } = options;
  const lines = new Map<string, Line>();

  const lineOf = (name: string): Line => {
    const known = lines.get(name);
    if (known !== undefined) return known;
    const line: Line = {
      usual: rateFor(options.rates, name),
      waiting: [],
      spare: 0,
      spareUntil: 0,
      ticket: null,
      seen: null,
      isServed: false,
      rest: new AbortController(),
    };
    lines.set(name, line);
    return line;
  };

  /** Nothing is held between reading and writing: a server that stops in between keeps nobody waiting. */
  const change = async <T extends { readonly bucket: Bucket }>(
    name: string,
    line: Line,
    make: (bucket: Bucket, now: number) => T,
  ): Promise<T & { readonly now: number }> => {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const { bucket, version, now } = await buckets.read(name);
      const made = make(bucket ?? fullBucket(line.usual, now), now);
      if (await buckets.replace(name, version, made.bucket)) {
        line.seen = { bucket: made.bucket, ahead: now - clock.now() };
        return { ...made, now };
      }
      await clock.sleep(random.fraction() * Math.min(100, 2 ** attempt));
    }
    throw new KeyrollError("unavailable", `The pace of ${name} could not be written: others were always faster.`, {
      next: "Try again; nothing was called.",
    });
  };

  const letGo = (line: Line, count: number): void => {
    for (const waiter of line.waiting.splice(0, count)) waiter.go();
  };

  const serveNext = async (name: string, line: Line): Promise<void> => {
    const asked = clock.now();
    if (line.spare > 0 && asked < line.spareUntil) {
      const count = Math.min(line.spare, line.waiting.length);
      line.spare -= count;
      letGo(line, count);
      return;
    }
    const { granted, ticket, now } = await change(name, line, (bucket, now) =>
      visit(bucket, line.usual, now, { waiting: line.waiting.length, ticket: line.ticket }),
    );
    line.ticket = ticket;
    // Who gave up meanwhile leaves tokens over.
    line.spare = Math.max(0, granted - line.waiting.length);
    line.spareUntil = asked + spareServes;
    letGo(line, granted);
    if (ticket === null || line.waiting.length === 0) return;
    line.rest = new AbortController();
    await clock.sleep(Math.max(0, ticket.due - now), line.rest.signal).catch(() => undefined);
  };

  const serve = async (name: string, line: Line): Promise<void> => {
    if (line.isServed) return;
    line.isServed = true;
    try {
      while (line.waiting.length > 0) await serveNext(name, line);
    } catch (error) {
      for (const waiter of line.waiting.splice(0)) waiter.fail(error);
    } finally {
      line.isServed = false;
    }
  };

  return {
    take: async (name, signal) => {
      signal?.throwIfAborted();
      const line = lineOf(name);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const waiter: Waiter = { go: resolve, fail: reject };
      const leave = (): void => {
        const place = line.waiting.indexOf(waiter);
        if (place >= 0) line.waiting.splice(place, 1);
        if (line.waiting.length === 0) line.rest.abort();
        // A caller's reason may be anything and is passed on as it is.
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", leave, { once: true });
      line.waiting.push(waiter);
      try {
        void serve(name, line);
        await promise;
      } finally {
        signal?.removeEventListener("abort", leave);
      }
    },
    expects: (name, calls) => {
      const { usual, seen } = lineOf(name);
      const now = clock.now() + (seen?.ahead ?? 0);
      const there = filled(seen?.bucket ?? fullBucket(usual, now), usual, now);
      return timeFor(calls - there.tokens, there, usual, now);
    },
    throttled: async (name) => {
      const line = lineOf(name);
      line.spare = 0;
      await change(name, line, (bucket, now) => ({
        bucket: slowed(bucket, line.usual, now, random.fraction()),
      }));
    },
  };
};
