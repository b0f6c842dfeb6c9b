import { createRuns } from "./chunk-PKQF3CQB.js";

// server/src/adapters/jobs/pg-boss.ts
import { fromKysely, PgBoss } from "pg-boss";
var jobsSchema = "keyroll_jobs";
var sweepQueue = "sweeps";
var lookEvery = 2;
var batch = 4;
var silence = 10;
var createJobs = (options) => {
  const { clock, onError } = options;
  const boss = new PgBoss({
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
  const works = /* @__PURE__ */ new Map();
  const sweeps = /* @__PURE__ */ new Map();
  const runs = createRuns(works, onError);
  let started = false;
  boss.on("error", (error) => onError("pg-boss", error));
  boss.on("warning", ({ message }) => options.onWarning(message));
  const sweep = async (job) => {
    const signal = AbortSignal.any([runs.signal, job.signal]);
    try {
      await sweeps.get(job.data.name)?.work(signal);
    } catch (error) {
      if (signal.aborted) return;
      onError(job.data.name, error);
      throw error;
    }
  };
  const ask = async (name, ms) => {
    while (!runs.signal.aborted) {
      try {
        await boss.send(sweepQueue, { name }, { singletonKey: name, singletonSeconds: Math.max(1, ms / 1e3) });
      } catch (error) {
        if (!runs.signal.aborted) onError(name, error);
      }
      await clock.sleep(ms, runs.signal).catch(() => void 0);
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
      if (started) await boss.send(queue, { id }, tx === void 0 ? {} : { db: fromKysely(tx) });
    },
    start: async () => {
      await boss.start();
      const kept = { deleteAfterSeconds: 600, retentionSeconds: 3600 };
      const waking = { pollingIntervalSeconds: lookEvery, batchSize: batch, burstWhenBatchFull: true };
      for (const queue of works.keys()) {
        await boss.createQueue(queue, { ...kept, notify: true, retryLimit: 0 });
        await boss.work(queue, waking, async (jobs) => {
          for (const { data } of jobs) runs.wake(queue, data.id);
        });
      }
      await boss.createQueue(sweepQueue, {
        ...kept,
        policy: "stately",
        expireInSeconds: 3600,
        heartbeatSeconds: silence,
        retryLimit: 3,
        retryDelay: 1,
        retryBackoff: true,
      });
      await boss.work(
        sweepQueue,
        { pollingIntervalSeconds: lookEvery, localConcurrency: Math.max(1, sweeps.size) },
        async ([job]) => {
          if (job !== void 0) await sweep(job);
        },
      );
      started = true;
      for (const [name, { ms }] of sweeps) runs.track(ask(name, ms));
    },
    stop: async () => {
      await Promise.all([...works.keys()].map(async (queue) => await boss.offWork(queue)));
      await runs.stop();
      await boss.stop({ graceful: true, timeout: 2e3 });
    },
  };
};
export { createJobs, jobsSchema };
//# sourceMappingURL=pg-boss-FSHNPEN4.js.map
