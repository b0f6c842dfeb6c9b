/**
 * Wakes workers. A job is an id, never data: the row with its lease is the truth, so a lost wake-up loses
 * nothing; workers also claim due rows at start and on a timer.
 */
export interface Jobs {
  /** Runs `work` for each woken id, at most one at a time per id in this process. */
  on(queue: string, work: (id: string, signal: AbortSignal) => Promise<void>): void;
  /** Runs `work` every `ms` milliseconds, never twice at once. */
  every(ms: number, work: (signal: AbortSignal) => Promise<void>): void;
  /** Wake the worker for this id soon. Safe to call any number of times. */
  wake(queue: string, id: string): Promise<void>;
  start(): Promise<void>;
  /** Aborts the signals and resolves when all running work has ended. */
  stop(): Promise<void>;
}
