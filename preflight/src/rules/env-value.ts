import { isShellName, limits } from "@keyroll/pairs";
import type { Reference } from "../references.ts";
import { at, nameOf, type Finding, type Rule, type Subject } from "../rule.ts";

interface EnvRead {
  readonly reference: Reference;
  readonly key: string;
  readonly envName: string;
}

/** Every key that becomes an environment variable, with the name that it gets. */
const envReads = ({ references, keys }: Subject): EnvRead[] =>
  references.flatMap((reference) => {
    if (reference.how === "env" && reference.key !== null)
      return [{ reference, key: reference.key, envName: reference.envName ?? reference.key }];
    if (reference.how !== "envFrom") return [];
    return [...keys.keys()].map((key) => ({ reference, key, envName: reference.prefix + key }));
  });

const rule = (
  id: string,
  severity: Finding["severity"],
  judge: (read: EnvRead, subject: Subject) => { message: string; fix: string } | null,
): Rule => ({
  id,
  *check(subject) {
    for (const read of envReads(subject)) {
      const found = judge(read, subject);
      if (found !== null)
        yield { ...at(read.reference.object, read.reference.container, read.key), severity, ...found };
    }
  },
});

const where = ({ reference }: EnvRead): string =>
  `${nameOf(reference.object)} (container ${reference.container ?? "?"})`;

/** A NUL byte in an environment variable: the container never starts, and the runtime prints the value. */
export const envNul = rule("env-nul", "error", (read, { keys }) =>
  keys.get(read.key)?.nul === true
    ? {
        message: `${where(read)} reads \`${read.key}\` as an environment variable, and it holds a NUL byte: the container would not start.`,
        fix: "Mount it as a file, or save it encoded (base64 text).",
      }
    : null,
);

/** Larger than Linux takes for one variable: every consumer stops. */
export const envTooLarge = rule("env-too-large", "error", (read, { keys }) => {
  const bytes = read.envName.length + 1 + (keys.get(read.key)?.bytes ?? 0);
  return bytes > limits.envEntryBytes
    ? {
        message: `${where(read)}: \`${read.envName}=…\` has ${bytes} bytes; an environment variable takes ${limits.envEntryBytes}.`,
        fix: "Mount it as a file, or make it smaller.",
      }
    : null;
});

/** Bytes that are not text, read as text. */
export const envNotUtf8 = rule("env-not-utf8", "error", (read, { keys }) =>
  keys.get(read.key)?.utf8 === false
    ? {
        message: `${where(read)} reads \`${read.key}\` as an environment variable, and it is not UTF-8 text.`,
        fix: "Mount it as a file, or save it encoded (base64 text).",
      }
    : null,
);

/** envFrom skips such keys on Kubernetes before 1.34. */
export const envFromName = rule("envfrom-unusable-name", "warning", (read) =>
  read.reference.how === "envFrom" && !isShellName(read.envName)
    ? {
        message: `${where(read)} reads all keys with envFrom; \`${read.envName}\` is not a shell name, and older Kubernetes leaves it out.`,
        fix: "Rename the key, or name it with secretKeyRef under another variable.",
      }
    : null,
);
