import { KeyrollError } from "@keyroll/contract/errors";
import type { Step } from "../pipeline.ts";
import { targetGoal } from "../target-goal.ts";
import { recordTemplates } from "../timeline.ts";

/** Lets the target roll and follows it. The same deployment and aim resume what a dead process began. */
export const roll: Step = {
  name: "roll",
  run: async (job) => {
    if (job.row.options.restart === "none") return "Somebody else rolls: the Secret is written, nothing is restarted.";
    const { settings } = job.environment;
    const goal = await targetGoal(job, job.row.facts.restart ?? { how: "off", marks: [] });
    const deadline = job.host.clock.now() + settings.timeoutSeconds * 1000;
    const resumed = job.row.facts.rolling !== null;
    await job.note({ rolling: job.row.aim }, null);
    const run = {
      resumed,
      id: `${job.row.id}-${job.row.aim}`,
      aim: job.row.aim,
      deadline,
      signal: job.signal,
      guard: job.guard,
    };
    for await (const event of job.target.roll(goal, run)) {
      if (event.type === "failed") throw new KeyrollError("deployment_failed", event.reason);
      if (event.type === "helm") {
        await job.note({}, { type: "log", message: `Helm revision ${event.revision}.` }, async (tx) => {
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
