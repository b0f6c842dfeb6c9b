/**
 * Wakes workers. A job is an id, never data: the row with its lease is the truth, so a lost wake-up loses
 * nothing; workers also claim due rows at start and on a timer. `Transaction` is the database's open one.
 */
export interface Jobs<Transaction> {
  /** Runs `work` for each woken id, at most one at a time per id in this process, and again when woken meanwhile. */
  on(queue: string, work: (id: string, signal: AbortSignal) => Promise<void>): void;
  /** Runs `work` at start and about every `ms` milliseconds (whole seconds), on one server at a time. Its name is its identity. */
  every(name: string, ms: number, work: (signal: AbortSignal) => Promise<void>): void;
  /**
   * Wakes the worker for this id soon; with a transaction when that has committed, and never when it has not.
   * Safe to call any number of times. Before `start` nothing is woken: the first look on the timer finds it.
   */
  wake(queue: string, id: string, tx?: Transaction): Promise<void>;
  start(): Promise<void>;
  /** Aborts the signals and resolves when all running work has ended. */
  stop(): Promise<void>;
}
