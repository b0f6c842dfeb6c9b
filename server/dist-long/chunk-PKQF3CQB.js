// server/src/adapters/jobs/runs.ts
var createRuns = (works, onError) => {
  const running = /* @__PURE__ */ new Map();
  const tasks = /* @__PURE__ */ new Set();
  const stopping = new AbortController();
  const track = (task) => {
    tasks.add(task);
    void task.finally(() => tasks.delete(task));
  };
  const run = async (queue, id) => {
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

export { createRuns };
//# sourceMappingURL=chunk-PKQF3CQB.js.map
