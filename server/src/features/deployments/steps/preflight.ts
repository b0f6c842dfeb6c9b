import { KeyrollError } from "@keyroll/contract/errors";
import { count } from "@keyroll/pairs";
import { blocking } from "@keyroll/preflight";
import { conflictFindings } from "../conflict-findings.ts";
import { jobFindings, manifestsOf } from "../findings.ts";
import { renderTwice } from "../render-twice.ts";
import { rightsFindings } from "../rights-findings.ts";
import { targetGoal } from "../target-goal.ts";
import type { Step } from "../pipeline.ts";

/** Checks the chart and the values against each other, before anything is changed. Errors end the deployment here. */
export const preflight: Step = {
  name: "preflight",
  run: async (job) => {
    const goal = await targetGoal(job, { how: "off", marks: [] });
    // Another server may have rendered, and kept it in its memory.
    if (job.rendered.first === null)
      Object.assign(job.rendered, await renderTwice(job.target, goal, { signal: job.signal, evenLocked: false }));
    const { rendered, row } = job;
    const manifests = manifestsOf(rendered);
    const [rights, conflicts, { findings: found, restart, triggers }] = await Promise.all([
      rightsFindings(job, manifests.objects),
      conflictFindings(job, manifests.objects, row.options.forceConflicts),
      jobFindings(job, {
        rendered,
        manifests,
        restartAll: row.options.restart === "all" ? `d${row.number}` : null,
        chart: goal.chart?.bytes ?? null,
      }),
    ]);
    const findings = [...rights, ...conflicts, ...found];
    for (const finding of findings) await job.journal({ type: "finding", finding });
    const errors = blocking(findings, row.options.ignorePreflight);
    const passed = findings.filter((finding) => finding.severity === "error" && !errors.includes(finding));
    for (const { rule, message } of passed)
      await job.journal({ type: "log", message: `${row.requestedBy} passed over ${rule}: ${message}` });
    const [first] = errors;
    if (first !== undefined) {
      const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
      throw new KeyrollError("preflight_failed", `${first.message}${more}`, {
        next: first.fix,
        ...(first.key === null ? {} : { key: first.key }),
        changed: false,
      });
    }
    await job.note({ restart, triggers }, null);
    const warnings = findings.filter(({ severity }) => severity === "warning").length;
    const over = passed.length === 0 ? "" : `, ${count(passed.length, "error")} passed over`;
    return warnings + passed.length === 0
      ? "No findings that need attention."
      : `${count(warnings, "warning")}, no errors${over === "" ? "" : ` that stop it${over}`}.`;
  },
};
