import { envRule, whereRead } from "./env-reads.ts";

/** A NUL byte in an environment variable: the container never starts, and the runtime prints the value. */
export const envNul = envRule(
  {
    id: "env-nul",
    about:
      "A value with a NUL byte is read as an environment variable. The container does not start, and the container runtime prints the value in the pod's status.",
    fixed: true,
  },
  (read, { keys }) =>
    keys.get(read.key)?.nul === true
      ? {
          severity: "error",
          message: `${whereRead(read)} reads \`${read.key}\` as an environment variable, and it holds a NUL byte: the container would not start.`,
          fix: "Mount it as a file, or save it encoded (base64 text).",
        }
      : null,
);
