import { limits } from "@keyroll/pairs";
import { envRule, whereRead } from "./env-reads.ts";

/** Larger than Linux takes for one variable: every consumer stops. */
export const envTooLarge = envRule(
  {
    id: "env-too-large",
    about:
      "Linux takes 131,071 bytes for one `NAME=value` of a process. With a larger one the container does not start.",
  },
  (read, { keys }) => {
    const bytes = read.envName.length + 1 + (keys.get(read.key)?.bytes ?? 0);
    return bytes > limits.envEntryBytes
      ? {
          severity: "error",
          message: `${whereRead(read)}: \`${read.envName}=…\` has ${bytes} bytes; an environment variable takes ${limits.envEntryBytes}.`,
          fix: "Mount it as a file, or make it smaller.",
        }
      : null;
  },
);
