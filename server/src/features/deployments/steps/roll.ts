import { KeyrollError } from "@keyroll/contract/errors";
import type { RestartPlan, RollEvent, RollRun, TargetGoal } from "../../../ports/target.ts";
import { cutOffOf } from "../cut-off.ts";
import { jobFindings, manifestsOf } from "../findings.ts";
import type { Job } from "../job.ts";
import type { Step } from "../pipeline.ts";
import { renderTwice } from "../render-twice.ts";
import { targetGoal } from "../target-goal.ts";
import { recordTemplates } from "../timeline.ts";

/** Lets the target roll and follows it. The same deployment and aim resume what a dead process began. */
export const roll: Step = {
  name: "roll",
  run: async (job) => {
    if (job.row.options.restart === "none") return "Somebody else rolls: the Secret is written, nothing is restarted.";
    const { settings } = job.environment;
    const goal = await targetGoal(job, job.row.aim === "goal" ? (job.row.facts.restart ?? off) : await wayBack(job));
    const deadline = job.host.clock.now() + settings.timeoutSeconds * 1000;
    const resumed = job.row.facts.rolling !== null;
    const cutOff = cutOffOf(job.row);
    await job.note({ rolling: job.row.aim, helm: "at-work" }, null);
    const run = {
      resumed,
      cutOff,
      id: `${job.row.id}-${job.row.aim}`,
      aim: job.row.aim,
      deadline,
      signal: job.signal,
      guard: job.guard,
    };
    for await (const event of rollOut(job, goal, run)) {
      if (event.type === "failed") throw new KeyrollError("deployment_failed", event.reason);
      if (event.type === "helm") {
        await job.note({ helm: "ended" }, { type: "log", message: `Helm revision ${event.revision}.` }, async (tx) => {
          await tx
            .updateTable("deployment_runs")
            .set({ helm_revision: event.revision })
            .where("deployment_id", "=", job.row.id)
            .execute();
        });
        await recordTemplates(job);
      } else if (event.type === "held") {
        await job.note({ held: [...new Set([...job.row.facts.held, event.workload])] }, event);
      } else if (event.type !== "done") await job.journal(event);
    }
    await recordTemplates(job);
    return job.row.facts.held.length === 0
      ? "Rolled out."
      : `Rolled out; held back on purpose: ${job.row.facts.held.join(", ")}.`;
  },
};

/** Where somebody else's Helm is at work, ours has not begun: that one is not ours to end. */
const rollOut = async function* (job: Job, goal: TargetGoal, run: RollRun): AsyncGenerator<RollEvent> {
  try {
    yield* job.target.roll(goal, run);
  } catch (error) {
    if (error instanceof KeyrollError && error.code === "in_use") await job.note({ helm: "ended" }, null);
    throw error;
  }
};

const off: RestartPlan = { how: "off", marks: [] };

/** Where nothing restarts by itself, what a deployment was asked to restart still has its annotation: it goes back too. */
const asRestarted = ({ environment, row }: Job): Job["environment"] =>
  environment.settings.restart === "off" && row.facts.restart?.how === "patch"
    ? { ...environment, settings: { ...environment.settings, restart: "inject" } }
    : environment;

/**
 * Who restarts on the way back is planned anew: with the marks of the goal the templates would stay as they are, and so
 * would the pods that have its values.
 */
const wayBack = async (job: Job): Promise<RestartPlan> => {
  const { target, signal } = job;
  const environment = asRestarted(job);
  if (environment.type === "process" || environment.settings.restart === "off") return off;
  const plain = await targetGoal(job, off);
  const rendered = await renderTwice(target, plain, { signal, evenLocked: true });
  const { restart, triggers } = await jobFindings(
    { ...job, environment },
    {
      rendered,
      manifests: manifestsOf(rendered),
      restartAll: null,
      chart: plain.chart?.bytes ?? null,
    },
  );
  await job.note({ restart, triggers }, null);
  return restart;
};
