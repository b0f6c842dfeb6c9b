import type { WorkloadFacts, WorkloadName } from "./target.ts";

/** Kinds that roll when their pod template changes; names as manifests have them. */
export const rolledKinds: ReadonlySet<string> = new Set([
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "Rollout",
  "CloneSet",
  "Service",
]);

/** Whether a workload is the one that a chart names so, itself or by the object that holds its pod template. */
export const isNamed = (
  { kind, name, templateIn }: Pick<WorkloadFacts, "kind" | "name" | "templateIn">,
  named: WorkloadName,
): boolean =>
  (kind === named.kind && name === named.name) || (templateIn?.kind === named.kind && templateIn.name === named.name);

/** Why a workload is held that Helm does not roll. */
export const outsideRelease = "outside the release";
