import type { Step } from "../pipeline.ts";
import { targetGoal } from "../target-goal.ts";

/** Renders the chart without side effects; kept in memory only. */
export const render: Step = {
  name: "render",
  run: async (job) => {
    const goal = await targetGoal(job, { how: "off", marks: [] });
    job.rendered.first = await job.target.render(goal, job.signal);
    if (job.rendered.first === null) return "There is nothing to render.";
    const lines = job.rendered.first.manifest.split("\n").length;
    return `Rendered ${job.goal.release?.chart ?? ""} ${job.goal.release?.version ?? ""}: ${lines} lines, ${job.rendered.first.hooks.length} hooks.`;
  },
};
