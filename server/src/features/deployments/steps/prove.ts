import { KeyrollError } from "@keyroll/contract/errors";
import { count } from "@keyroll/pairs";
import { judge, proven, type ContainerVerdict } from "../../../proof/index.ts";
import type { Job } from "../job.ts";
import type { Step } from "../pipeline.ts";
import { templatesOf, writesOf } from "../timeline-read.ts";
import { proveProcesses } from "../prove-processes.ts";

/** Milliseconds between two looks. */
const every = 1000;
const rolled = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

/** Waits until every consumer runs the goal, by evidence; then, and only then, the deployment is "running". */
export const prove: Step = {
  name: "prove",
  run: async (job) => {
    if (job.environment.type === "process") return await proveProcesses(job);
    if (job.row.options.restart === "none")
      return "In the cluster; `keyroll status --wait` proves it when somebody has rolled.";
    const deadline = job.host.clock.now() + job.environment.settings.timeoutSeconds * 1000;
    const evicted = new Set<string>();
    for (;;) {
      const verdicts = await look(job);
      const relevant = verdicts.filter(
        ({ workload }) => workload === null || !job.row.facts.held.includes(`${workload.kind}/${workload.name}`),
      );
      if (proven(relevant)) return await proved(job, relevant, verdicts.length - relevant.length);
      await replaceStragglers(job, relevant, evicted);
      if (job.host.clock.now() >= deadline)
        throw new KeyrollError("deployment_failed", `Not proven in time: ${left(relevant)}.`);
      await job.host.clock.sleep(every, job.signal);
    }
  },
};

const look = async (job: Job): Promise<ContainerVerdict[]> => {
  const { host, environment, goal, store } = job;
  const [observation, writes, templates] = await Promise.all([
    job.target.observe(job.signal),
    writesOf(host.db, environment.id),
    templatesOf(host.db, environment.id),
  ]);
  const manifest = goal.revision === 0 ? null : await store.manifest({ at: goal.revision });
  const lastChange = new Map([...(manifest?.entries.values() ?? [])].map((entry) => [entry.key, entry.revision]));
  return judge(writes, templates, observation.pods, { revision: goal.revision, lastChange });
};

/** Pods that the rollout left with old values are replaced, once each, as disruption budgets allow; bare pods are not touched. */
const replaceStragglers = async (
  job: Job,
  verdicts: readonly ContainerVerdict[],
  evicted: Set<string>,
): Promise<void> => {
  const left = verdicts.filter(({ verdict, workload, podUid, evidence }) => {
    const old =
      verdict === "stale" ||
      verdict === "ambiguous" ||
      verdict === "drifted" ||
      (verdict === "current" && evidence === 4);
    return old && workload !== null && rolled.has(workload.kind) && !evicted.has(podUid);
  });
  const names = [...new Set(left.filter((one) => !proven([one])).map(({ pod }) => pod))];
  if (names.length === 0) return;
  await job.guard();
  const gone = new Set(await job.target.evict(names, job.signal));
  for (const { pod, podUid } of left) if (gone.has(pod)) evicted.add(podUid);
  if (gone.size > 0)
    await job.journal({
      type: "log",
      message: `Replacing ${gone.size} pods that the rollout left with older values: ${[...gone].join(", ")}.`,
    });
};

const proved = async (job: Job, verdicts: readonly ContainerVerdict[], held: number): Promise<string> => {
  const running = verdicts.filter(({ verdict }) => verdict === "current").length;
  await job.note({ users: running }, null);
  const more = held === 0 ? "" : `; ${held} held back on purpose`;
  return running === 0
    ? `No container uses the Secret${more}.`
    : `${count(running, "container")} proven to run it${more}.`;
};

const left = (verdicts: readonly ContainerVerdict[]): string =>
  verdicts
    .filter((one) => !proven([one]))
    .slice(0, 5)
    .map(({ pod, container, verdict, reason }) => `${pod}/${container} is ${verdict} (${reason})`)
    .join("; ");
