import type { Step } from "../pipeline.ts";
import { renderTwice } from "../render-twice.ts";
import { targetGoal } from "../target-goal.ts";

/** Renders the chart without side effects; kept in memory only. */
export const render: Step = {
  name: "render",
  run: async (job) => {
    const goal = await targetGoal(job, { how: "off", marks: [] });
    Object.assign(job.rendered, await renderTwice(job.target, goal, { signal: job.signal, evenLocked: false }));
    const { first } = job.rendered;
    if (first === null) return "There is nothing to render.";
    const lines = first.manifest.split("\n").length;
    return `Rendered ${job.goal.release?.chart ?? ""} ${job.goal.release?.version ?? ""}: ${lines} lines, ${first.hooks.length} hooks.`;
  },
};
