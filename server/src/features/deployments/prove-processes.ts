import { KeyrollError } from "@keyroll/contract/errors";
import { count } from "@keyroll/pairs";
import { instancesOf, staleInstances } from "./instances.ts";
import type { Job } from "./job.ts";

const wait = 30_000;
const every = 500;

/** Processes of `keyroll run --watch`: none, then at once; else they have 30 s to restart and say so. */
export const proveProcesses = async (job: Job): Promise<string> => {
  const { host, environment, goal, store } = job;
  const deadline = host.clock.now() + wait;
  for (;;) {
    const instances = await instancesOf(host.db, environment.id, host.clock.now());
    const stale = await staleInstances(store, goal.revision, instances);
    const starting = instances.filter(({ state }) => state === "starting");
    if (stale.length === 0 && starting.length === 0) {
      await job.note({ users: instances.length }, null);
      return instances.length === 0
        ? "No process reports here; `keyroll run` starts one."
        : `${count(instances.length, "process", "processes")} ${instances.length === 1 ? "runs" : "run"} revision ${goal.revision}.`;
    }
    if (host.clock.now() >= deadline) {
      const names = [...stale, ...starting].map(
        ({ host: where, pid, revision }) => `${where}/${pid} (revision ${revision})`,
      );
      throw new KeyrollError(
        "deployment_failed",
        `After 30 s these instances still run older values: ${names.join(", ")}.`,
        {
          next: "Restart them, or look why they do not; then deploy again.",
        },
      );
    }
    await host.clock.sleep(every, job.signal);
  }
};
