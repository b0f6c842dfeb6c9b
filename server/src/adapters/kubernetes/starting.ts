interface Waiting {
  readonly reason: string;
  readonly message: string;
}

/**
 * Whether a container waits as every one does at its start. A kubelet that has not read the Secret within a second says so as an
 * error, and tries again.
 */
export const isStarting = ({ reason, message }: Waiting): boolean =>
  reason === "ContainerCreating" ||
  reason === "PodInitializing" ||
  (reason === "CreateContainerConfigError" && /failed to sync (?:secret|configmap) cache/u.test(message));
