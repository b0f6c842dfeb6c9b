import { isShellName } from "@keyroll/pairs";
import { envRule, whereRead } from "./env-reads.ts";

/** envFrom leaves names out that begin with a digit, on Kubernetes before 1.34; others no shell can name. */
export const envFromName = envRule(
  {
    id: "envfrom-unusable-name",
    about:
      "A container reads all keys with envFrom, and one is no usable variable name. One that begins with a digit is left out by Kubernetes before 1.34; with a dot or a dash it arrives, and no shell can name it.",
  },
  (read) => {
    if (read.reference.how !== "envFrom" || isShellName(read.envName)) return null;
    const isLeftOut = /^[0-9]/u.test(read.envName);
    return {
      severity: isLeftOut ? "warning" : "note",
      message: `${whereRead(read)} reads all keys with envFrom; \`${read.envName}\` ${isLeftOut ? "begins with a digit, and Kubernetes before 1.34 leaves it out" : "arrives, and no shell can name it"}.`,
      fix: "Rename the key, or name it with secretKeyRef under another variable.",
    };
  },
);
