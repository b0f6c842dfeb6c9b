interface Waiting {
  readonly reason: string;
  readonly message: string;
}

/** Whether a container waits as every one does at its start. */
export const isStarting = ({ reason }: Pick<Waiting, "reason">): boolean =>
  reason === "ContainerCreating" || reason === "PodInitializing";

/**
 * Whether the kubelet has not read the Secret within a second, which it tells as an error, and tries again: no trouble until it has
 * lasted for the grace time. `lasts`: milliseconds.
 */
export const isLate = ({ reason, message }: Waiting, lasts: number, graceSeconds: number): boolean =>
  reason === "CreateContainerConfigError" &&
  /failed to sync (?:secret|configmap) cache/u.test(message) &&
  lasts < graceSeconds * 1000;
