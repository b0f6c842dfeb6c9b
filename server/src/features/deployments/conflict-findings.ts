import type { RenderedObject } from "../../ports/rendered.ts";
import type { Finding } from "./findings.ts";
import type { Job } from "./job.ts";

/** Fields that somebody else owns, which Helm would stumble over half way: found before anything is changed. */
export const conflictFindings = async (
  { target, rendered, signal }: Pick<Job, "target" | "rendered" | "signal">,
  objects: readonly RenderedObject[],
  forced: boolean,
): Promise<Finding[]> => {
  // Helm 3 merges instead, and asks nobody.
  if (rendered.first?.helmMajor === 3) return [];
  const conflicts = await target.conflicts(objects, signal);
  return conflicts.map(({ kind, name, manager, field }) => ({
    rule: "field-conflict",
    severity: forced ? "warning" : "error",
    object: { kind, namespace: null, name },
    container: null,
    key: null,
    source: null,
    message: forced
      ? `${kind}/${name}: \`${manager}\` has set ${field}; the deployment takes that field and sets what the chart says.`
      : `${kind}/${name}: \`${manager}\` has set ${field} to something else than the chart: Helm 4 refuses to change it.`,
    fix: forced
      ? "Nothing, when that is meant."
      : "Take the field out of the chart (an autoscaler should own it), or deploy with --force-conflicts to take it.",
  }));
};
