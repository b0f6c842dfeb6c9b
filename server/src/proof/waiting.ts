/** Reasons whose message names objects and images, never the environment of a process. */
const spoken = new Set([
  "ImagePullBackOff",
  "ErrImagePull",
  "InvalidImageName",
  "ErrImageNeverPull",
  "CreateContainerConfigError",
  "CrashLoopBackOff",
  "ContainerCreating",
  "PodInitializing",
]);

/**
 * The pod's own words about why a container waits. A message that could quote environment entries (the runtime
 * prints `KEY=value` when a value holds a NUL byte) is left out.
 */
export const describeWaiting = (waiting: { readonly reason: string; readonly message: string }): string => {
  const message = waiting.message.replaceAll(/\s+/gu, " ").trim();
  if (message === "" || !spoken.has(waiting.reason) || /[A-Za-z_][A-Za-z0-9_.-]*=/u.test(message))
    return waiting.reason;
  return `${waiting.reason}: ${message.slice(0, 300)}`;
};
