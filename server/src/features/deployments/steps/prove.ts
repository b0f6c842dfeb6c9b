import { KeyrollError } from "@keyroll/contract/errors";
import { count } from "@keyroll/pairs";
import { isCounted, judge, proven, type ContainerVerdict } from "../../../proof/index.ts";
import type { WorkloadFacts } from "../../../ports/target.ts";
import { isNamed, outsideRelease } from "../../../ports/workload-kinds.ts";
import { lookForDrift } from "../../cluster-drift.ts";
import { driftSentence, openEntries, type KnownDrift } from "../../known-drift.ts";
import type { Job } from "../job.ts";
import type { Step } from "../pipeline.ts";
import { noStragglers, refusals, replaceStragglers, type Stragglers } from "../stragglers.ts";
import { templatesOf, writesOf } from "../timeline-read.ts";
import { proveProcesses } from "../prove-processes.ts";

/** Milliseconds between two looks. */
const every = 1000;
/** Waits until every consumer that rolls runs the goal, by evidence; then, and only then, the deployment is "running". */
export const prove: Step = {
  name: "prove",
  run: async (job) => {
    if (job.environment.type === "process") return await proveProcesses(job);
    if (job.row.options.restart === "none")
      return "In the cluster; `keyroll status --wait` proves it when somebody has rolled.";
    const deadline = job.host.clock.now() + job.environment.settings.timeoutSeconds * 1000;
    const stragglers = noStragglers();
    for (;;) {
      const { verdicts, workloads, drift } = await look(job);
      const { rolling, held, left } = sorted(job, verdicts, workloads);
      if (proven(rolling)) return await proved(job, rolling, { held: held.length, left });
      refuseForeign(job, rolling, drift);
      await replaceStragglers(job, { verdicts: rolling, workloads }, stragglers);
      if (job.host.clock.now() >= deadline) throw late(job, rolling, stragglers);
      await job.host.clock.sleep(every, job.signal);
    }
  },
};

interface Seen {
  readonly verdicts: readonly ContainerVerdict[];
  readonly workloads: readonly WorkloadFacts[];
  readonly drift: KnownDrift;
}

const look = async (job: Job): Promise<Seen> => {
  const { host, app, environment, goal, store } = job;
  const { pods, workloads } = await job.target.observe(job.signal);
  // After the pods: what they can have read stands in the timeline then, also when somebody else wrote it.
  const drift = await lookForDrift(
    { host, app, environment },
    { target: job.target, own: job.row.number, secretOnly: true },
  );
  const [writes, templates] = await Promise.all([
    writesOf(host.db, environment.id),
    templatesOf(host.db, environment.id),
  ]);
  const manifest = goal.revision === 0 ? null : await store.manifest({ at: goal.revision });
  const lastChange = new Map([...(manifest?.entries.values() ?? [])].map((entry) => [entry.key, entry.revision]));
  const seen = job.row.facts.look;
  const verdicts = judge(
    writes,
    templates,
    pods,
    { revision: goal.revision, lastChange, kept: new Set(goal.keep) },
    seen === null ? null : { ...seen, pods: new Set(seen.pods) },
  );
  return { verdicts, workloads, drift };
};

/** Whoever restarts now reads what somebody else has written: to go on replacing pods would spread it. */
const refuseForeign = ({ environment }: Job, rolling: readonly ContainerVerdict[], drift: KnownDrift): void => {
  const entries = openEntries(drift).filter(({ place }) => place === "cluster");
  if (entries.length === 0 || !rolling.some(({ verdict }) => verdict === "drifted" || verdict === "blocked")) return;
  throw new KeyrollError(
    "drift",
    `The Secret was changed while it was deployed. ${driftSentence(entries, environment.secretName) ?? ""}`,
    { keys: entries.flatMap(({ key }) => key ?? []), next: "Deploy again when nobody else writes it.", changed: true },
  );
};

interface Sorted {
  /** What has to be proven. */
  readonly rolling: readonly ContainerVerdict[];
  readonly held: readonly ContainerVerdict[];
  /** What nobody rolls and runs older values. */
  readonly left: readonly string[];
}

/** Whether the environment's settings leave it to others to restart this workload. */
const isLeftAlone = ({ environment, row }: Job, workload: WorkloadFacts): boolean => {
  const { restart, triggers } = row.facts;
  if (row.options.restart === "all") return false;
  if (environment.settings.restart === "off") return true;
  return (
    restart?.how === "chart" &&
    environment.settings.restart === "chart" &&
    !triggers.some((one) => isNamed(workload, one))
  );
};

/** What rolls, what is held back on purpose, and what nobody rolls: only the first is waited for. */
const sorted = (job: Job, verdicts: readonly ContainerVerdict[], workloads: readonly WorkloadFacts[]): Sorted => {
  const known = new Map(workloads.map((workload) => [workload.uid, workload]));
  const of = ({ workload }: ContainerVerdict): WorkloadFacts | undefined => known.get(workload?.uid ?? "");
  const counted = verdicts.filter(isCounted);
  const isLeft = (one: ContainerVerdict): boolean => {
    const workload = of(one);
    return (
      (one.verdict === "stale" || one.verdict === "ambiguous") && workload !== undefined && isLeftAlone(job, workload)
    );
  };
  const isOthers = (one: ContainerVerdict): boolean =>
    of(one) === undefined || of(one)?.held === outsideRelease || isLeft(one);
  const left = counted
    .filter((one) => isOthers(one) && !proven([one]))
    .map((one) => {
      if (one.workload === null) return `Pod/${one.pod} (a pod of its own: delete it and make it again)`;
      const why = of(one)?.held ?? (isLeft(one) ? "setting restart" : "Keyroll cannot see or roll it");
      return `${one.workload.kind}/${one.workload.name} (${why})`;
    });
  return {
    rolling: counted.filter((one) => of(one)?.held === null && !isOthers(one)),
    held: counted.filter((one) => typeof of(one)?.held === "string" && !isOthers(one)),
    left: [...new Set(left)],
  };
};

const proved = async (
  job: Job,
  verdicts: readonly ContainerVerdict[],
  { held, left }: { readonly held: number; readonly left: readonly string[] },
): Promise<string> => {
  const running = verdicts.filter(({ verdict }) => verdict === "current").length;
  await job.note({ users: running, left: [...left] }, null);
  const more = [
    ...(held === 0 ? [] : [`; ${held} held back on purpose`]),
    ...(left.length === 0 ? [] : [`; not restarted, since nobody rolls it: ${left.join(", ")}`]),
  ].join("");
  return running === 0
    ? `No container uses the Secret${more}.`
    : `${count(running, "container")} proven to run it${more}.`;
};

/**
 * A straggler that Keyroll may not replace, or is told not to (`stragglers: report`), ends like a pod that never gets ready: what is held, or rolled by nobody, is named and not
 * waited for, but this one belongs to what rolls, and as long as it stays the environment runs two revisions.
 */
const late = (job: Job, rolling: readonly ContainerVerdict[], stragglers: Stragglers): KeyrollError => {
  const refused = refusals(job, rolling, stragglers);
  const why = refused.map(({ sentence }) => ` ${sentence}`).join("");
  const message = `Not proven in time: ${behind(rolling)}.${why}`;
  if (refused.length === 0) return new KeyrollError("deployment_failed", message);
  return new KeyrollError("deployment_failed", message, { next: refused.map(({ next }) => next).join(" ") });
};

const behind = (verdicts: readonly ContainerVerdict[]): string =>
  verdicts
    .filter((one) => !proven([one]))
    .slice(0, 5)
    .map(({ pod, container, verdict, reason }) => `${pod}/${container} is ${verdict} (${reason})`)
    .join("; ");
