import { fromKysely, PgBoss, type Job } from "pg-boss";
import type { Tx } from "../../database/schema.ts";
import { longestSilence, streamWith } from "../../database/silence.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Jobs } from "../../ports/jobs.ts";
import { createRuns } from "./runs.ts";

/** Tables of pg-boss, which makes and migrates them itself. They hold wake-ups only: dropping them loses nothing. */
export const jobsSchema = "keyroll_jobs";
/** The queue of all sweeps; a sweep's name is its key in there. */
const sweepQueue = "sweeps";

/** How often workers look, in seconds: for sweeps, and for wake-ups while NOTIFY is not heard. */
const lookEvery = 2;
/** How many wake-ups a server takes at a time: few, so that a burst is shared out among servers. */
const batch = 4;
/** A sweep whose server is silent for so long, in seconds, is given to another: pg-boss' least. */
const silence = 10;

type Sweep = (signal: AbortSignal) => Promise<void>;

/**
 * Jobs of any number of servers on one PostgreSQL. A wake-up is a row of pg-boss, inserted in the caller's
 * transaction: one server fetches it, marks it done and begins; from there on the lease of the row counts, so a
 * deployment never depends on the life of its job. A sweep is a job that runs as long as the sweep, with heartbeats
 * and retries; the database admits one queued and one active of each name, and one new one per period.
 */
export const createJobs = (options: {
  readonly url: string;
  readonly clock: Clock;
  readonly onError: (queue: string, error: unknown) => void;
  readonly onWarning: (message: string) => void;
  /** Of a connection that is in use; milliseconds. */
  readonly silence?: number;
}): Jobs<Tx> => {
  const { clock, onError } = options;
  // pg-boss hands on to the driver what it does not know. Its connection that listens is asked something every ten seconds.
  const connection = { stream: streamWith(options.silence ?? longestSilence) };
  const boss = new PgBoss({
    ...connection,
    connectionString: options.url,
    application_name: "keyroll jobs",
    schema: jobsSchema,
    max: 3,
    useListenNotify: true,
    schedule: false,
    registerInstance: false,
    superviseIntervalSeconds: silence,
    monitorIntervalSeconds: silence,
    maintenanceIntervalSeconds: 600,
  });
  const works = new Map<string, (id: string, signal: AbortSignal) => Promise<void>>();
  const sweeps = new Map<string, { readonly ms: number; readonly work: Sweep }>();
  const runs = createRuns(works, onError);
  let started = false;
  boss.on("error", (error) => onError("pg-boss", error));
  boss.on("warning", ({ message }) => options.onWarning(message));

  const sweep = async (job: Job<{ name: string }>): Promise<void> => {
    const signal = AbortSignal.any([runs.signal, job.signal]);
    try {
      await sweeps.get(job.data.name)?.work(signal);
    } catch (error) {
      // Another server goes on with it, or the next period's does.
      if (signal.aborted) return;
      onError(job.data.name, error);
      throw error;
    }
  };
  /** Every server asks in every period; the first one wins, by the database's clock. */
  const ask = async (name: string, ms: number): Promise<void> => {
    while (!runs.signal.aborted) {
      try {
        await boss.send(sweepQueue, { name }, { singletonKey: name, singletonSeconds: Math.max(1, ms / 1000) });
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
      sweeps.set(name, { ms, work });
    },
    wake: async (queue, id, tx) => {
      if (started) await boss.send(queue, { id }, tx === undefined ? {} : { db: fromKysely(tx) });
    },
    start: async () => {
      await boss.start();
      const kept = { deleteAfterSeconds: 600, retentionSeconds: 3600 };
      const waking = { pollingIntervalSeconds: lookEvery, batchSize: batch, burstWhenBatchFull: true };
      for (const queue of works.keys()) {
        await boss.createQueue(queue, { ...kept, notify: true, retryLimit: 0 });
        await boss.work<{ id: string }>(queue, waking, async (jobs) => {
          for (const { data } of jobs) runs.wake(queue, data.id);
        });
      }
      // No NOTIFY here: one that comes while a sweep is active is spent, and the next period's would not be asked for.
      await boss.createQueue(sweepQueue, {
        ...kept,
        policy: "stately",
        expireInSeconds: 3600,
        heartbeatSeconds: silence,
        retryLimit: 3,
        retryDelay: 1,
        retryBackoff: true,
      });
      // As many at a time as there are sweeps: none waits for another that is slow.
      await boss.work<{ name: string }>(
        sweepQueue,
        { pollingIntervalSeconds: lookEvery, localConcurrency: Math.max(1, sweeps.size) },
        async ([job]) => {
          if (job !== undefined) await sweep(job);
        },
      );
      started = true;
      for (const [name, { ms }] of sweeps) runs.track(ask(name, ms));
    },
    stop: async () => {
      // First nothing new comes in; then what runs ends, and may still wake another server for what it leaves.
      await Promise.all([...works.keys()].map(async (queue) => await boss.offWork(queue)));
      await runs.stop();
      await boss.stop({ graceful: true, timeout: 2000 });
    },
  };
};
