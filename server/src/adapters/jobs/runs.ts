type Work = (id: string, signal: AbortSignal) => Promise<void>;

/** What this process is at work with: at most one run per queue and id. */
export interface Runs {
  /** Runs the work for this id now, or once more when it is running. */
  wake(queue: string, id: string): void;
  /** Waits for this too before `stop` resolves. */
  track(task: Promise<void>): void;
  readonly signal: AbortSignal;
  /** Aborts the signal; resolves when everything has ended. */
  stop(): Promise<void>;
}

export const createRuns = (
  works: ReadonlyMap<string, Work>,
  onError: (queue: string, error: unknown) => void,
): Runs => {
  /** Slot -> whether it was woken again while it ran. */
  const running = new Map<string, boolean>();
  const tasks = new Set<Promise<void>>();
  const stopping = new AbortController();
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
  return {
    wake: (queue, id) => {
      const slot = `${queue}/${id}`;
      if (stopping.signal.aborted) return;
      if (running.has(slot)) running.set(slot, true);
      else track(run(queue, id));
    },
    track,
    signal: stopping.signal,
    stop: async () => {
      stopping.abort(new Error("stopping"));
      await Promise.allSettled(tasks);
    },
  };
};
