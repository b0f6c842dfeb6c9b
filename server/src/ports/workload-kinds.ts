/** Kinds that roll when their pod template changes; names as manifests have them. */
export const rolledKinds: ReadonlySet<string> = new Set([
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "Rollout",
  "CloneSet",
  "Service",
]);

/** Why a workload is held that Helm does not roll. */
export const outsideRelease = "outside the release";
