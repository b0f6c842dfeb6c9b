import { z } from "zod";
import type { Clock } from "../ports/clock.ts";
import type { Written } from "../ports/secret-store.ts";

/** As it lies in the row of its operation: only whole numbers of what anybody may see. */
export const progressView = z
  .object({ written: z.number(), of: z.number(), secondsLeft: z.number().nullable() })
  .nullable();

/** How far one operation is. */
export interface Progress {
  tell(written: Written): void;
  /** Whether anything was told: stores do that before the first value goes out. */
  hasBegun(): boolean;
  /** 0 to 1. */
  share(): number;
  /** Null: nothing was told yet, or there is nothing to count. */
  now(): z.output<typeof progressView>;
}

/** The pace is taken from what was written in the last seconds: after a burst it is another one. Milliseconds. */
const lately = 5000;

/**
 * What people are told of a save that lasts. The rest takes as long as the provider's quota says or as the last seconds
 * went, whichever is longer: the first knows of a burst that ends, the second of slow answers and of others who save.
 */
export const createProgress = (clock: Clock): Progress => {
  let last: Written | null = null;
  let toldAt = 0;
  let steps: { readonly at: number; readonly written: number }[] = [];

  const byPace = ({ written, of }: Written): number | null => {
    const now = clock.now();
    const earlier = steps.filter((step) => step.written < written);
    const first = earlier.findLast(({ at }) => at <= now - lately) ?? earlier[0];
    if (first === undefined) return null;
    return ((now - first.at) / (written - first.written)) * (of - written);
  };

  return {
    tell: (written) => {
      // A save that is merged anew begins anew.
      if (last !== null && (written.of !== last.of || written.written < last.written)) steps = [];
      last = written;
      toldAt = clock.now();
      steps.push({ at: toldAt, written: written.written });
    },
    hasBegun: () => last !== null,
    share: () => (last === null || last.of === 0 ? 0 : last.written / last.of),
    now: () => {
      if (last === null || last.of === 0) return null;
      const { written, of, left } = last;
      const pace = byPace(last);
      const byQuota = Math.max(0, left - (clock.now() - toldAt));
      const known = pace === null && byQuota === 0 ? null : Math.max(byQuota, pace ?? 0);
      return { written, of, secondsLeft: known === null ? null : Math.max(1, Math.ceil(known / 1000)) };
    },
  };
};
