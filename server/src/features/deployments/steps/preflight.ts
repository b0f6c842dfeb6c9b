import { KeyrollError } from "@keyroll/contract/errors";
import { conflictFindings } from "../conflict-findings.ts";
import { findingsOf } from "../findings.ts";
import { targetGoal } from "../target-goal.ts";
import type { Step } from "../pipeline.ts";

/** Checks the chart and the values against each other, before anything is changed. Errors end the deployment here. */
export const preflight: Step = {
  name: "preflight",
  run: async (job) => {
    if (job.environment.type === "helm") {
      const goal = await targetGoal(job, { how: "off", marks: [] });
      job.rendered.first ??= await job.target.render(goal, job.signal);
      // What differs between two renders is random: a trigger that restarts, or a Job that cannot be upgraded.
      job.rendered.second = await job.target.render(goal, job.signal);
    }
    const { host, store, goal, environment, target, rendered, signal, row } = job;
    const restartAll = row.options.restart === "all" ? `d${row.number}` : null;
    const parts = { host, store, goal, environment, target, rendered, signal, restartAll };
    const { findings: found, restart } = await findingsOf(parts);
    const findings = [...(await conflictFindings(job, row.options.forceConflicts)), ...found];
    for (const finding of findings) await job.journal({ type: "finding", finding });
    const errors = findings.filter(({ severity }) => severity === "error");
    const [first] = errors;
    if (first !== undefined) {
      const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
      throw new KeyrollError("preflight_failed", `${first.message}${more}`, {
        next: first.fix,
        ...(first.key === null ? {} : { key: first.key }),
        changed: false,
      });
    }
    await job.note({ restart }, null);
    const warnings = findings.filter(({ severity }) => severity === "warning").length;
    return warnings === 0 ? "No findings that need attention." : `${warnings} warnings, no errors.`;
  },
};
