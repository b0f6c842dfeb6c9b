import type { Clock } from "../../ports/clock.ts";
import type { Tx } from "../../database/schema.ts";
import type { Jobs } from "../../ports/jobs.ts";
import { createRuns } from "./runs.ts";

/** Jobs of a single process, on SQLite. What is lost with it, the workers find again by their rows. */
export const createJobs = (options: {
  readonly clock: Clock;
  /** Runs `work` when the open transaction commits, and never when it does not. */
  readonly afterCommit: (work: () => void) => void;
  readonly onError: (queue: string, error: unknown) => void;
}): Jobs<Tx> => {
  const { clock, afterCommit, onError } = options;
  const works = new Map<string, (id: string, signal: AbortSignal) => Promise<void>>();
  const runs = createRuns(works, onError);
  const sweeps: {
    readonly name: string;
    readonly ms: number;
    readonly work: (signal: AbortSignal) => Promise<void>;
  }[] = [];
  let started = false;

  const wake = (queue: string, id: string): void => {
    if (started) runs.wake(queue, id);
  };
  const tick = async (name: string, ms: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    while (!runs.signal.aborted) {
      try {
        await work(runs.signal);
      } catch (error) {
        if (!runs.signal.aborted) onError(name, error);
      }
      await clock.sleep(ms, runs.signal).catch(() => undefined);
    }
  };
  return {
    on: (queue, work) => {
      works.set(queue, work);
    },
    every: (name, ms, work) => {
      sweeps.push({ name, ms, work });
    },
    wake: async (queue, id, tx) => {
      if (tx === undefined) wake(queue, id);
      else afterCommit(() => wake(queue, id));
    },
    start: async () => {
      started = true;
      for (const { name, ms, work } of sweeps) runs.track(tick(name, ms, work));
    },
    stop: async () => await runs.stop(),
  };
};
