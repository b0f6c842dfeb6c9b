import type { Clock } from "../../ports/clock.ts";
import type { Jobs } from "../../ports/jobs.ts";

type Work = (id: string, signal: AbortSignal) => Promise<void>;

/** Jobs of a single process. What is lost with it, the workers find again by their rows. */
export const createJobs = (options: {
  readonly clock: Clock;
  readonly onError: (queue: string, error: unknown) => void;
}): Jobs => {
  const { clock, onError } = options;
  const works = new Map<string, Work>();
  const timers: { readonly ms: number; readonly work: (signal: AbortSignal) => Promise<void> }[] = [];
  /** id -> whether it was woken again while it ran. */
  const running = new Map<string, boolean>();
  const tasks = new Set<Promise<void>>();
  const stopping = new AbortController();
  let started = false;
  const early: (readonly [string, string])[] = [];

  const track = (task: Promise<void>): void => {
    tasks.add(task);
    void task.finally(() => tasks.delete(task));
  };
  const run = async (queue: string, id: string): Promise<void> => {
    const slot = `${queue}/${id}`;
    try {
      do {
        running.set(slot, false);
        await works.get(queue)?.(id, stopping.signal);
      } while (running.get(slot) === true && !stopping.signal.aborted);
    } catch (error) {
      onError(queue, error);
    } finally {
      running.delete(slot);
    }
  };
  const wake = (queue: string, id: string): void => {
    const slot = `${queue}/${id}`;
    if (stopping.signal.aborted) return;
    if (running.has(slot)) running.set(slot, true);
    else track(run(queue, id));
  };
  const tick = async (ms: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await work(stopping.signal);
      } catch (error) {
        onError("timer", error);
      }
      await clock.sleep(ms, stopping.signal).catch(() => undefined);
    }
  };
  return {
    on: (queue, work) => {
      works.set(queue, work);
    },
    every: (ms, work) => {
      timers.push({ ms, work });
    },
    wake: async (queue, id) => {
      if (started) wake(queue, id);
      else early.push([queue, id]);
    },
    start: async () => {
      started = true;
      for (const [queue, id] of early) wake(queue, id);
      for (const { ms, work } of timers) track(tick(ms, work));
    },
    stop: async () => {
      stopping.abort(new Error("stopping"));
      await Promise.allSettled(tasks);
    },
  };
};
