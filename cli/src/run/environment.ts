import { KeyrollError } from "@keyroll/contract/errors";
import { limits, type Value } from "@keyroll/pairs";

type Env = Readonly<Record<string, string | undefined>>;

/** What a program needs to start at all; kept by --clean. */
const essentials = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "TZ", "TMPDIR", "LANG", "LC_ALL", "PWD"];

export interface ChildEnvironment {
  readonly env: Record<string, string>;
  /** Saved keys that a local file replaces. */
  readonly replaced: readonly string[];
}

/**
 * The environment of a child: the shell's own (or its essentials), the saved values, then local lines. Keyroll's own
 * variables, its token first, never reach it.
 *
 * @throws KeyrollError `invalid` that names every key which no process environment can hold
 */
export const childEnvironment = (
  shell: Env,
  values: ReadonlyMap<string, Value>,
  local: ReadonlyMap<string, string>,
  isClean: boolean,
): ChildEnvironment => {
  const problems: { key: string; rule: string; message: string }[] = [];
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(shell))
    if (value !== undefined && !name.startsWith("KEYROLL_") && (!isClean || essentials.includes(name)))
      env[name] = value;
  for (const [key, value] of values) {
    const refuse = (rule: string, why: string): void => {
      problems.push({ key, rule, message: `\`${key}\` ${why}` });
    };
    if (local.has(key)) continue;
    if (typeof value !== "string") refuse("binary", "is binary: no environment variable can hold it.");
    else if (value.includes("\0")) refuse("nul", "holds a NUL byte: no environment variable can.");
    else {
      const size = Buffer.byteLength(`${key}=${value}`);
      if (size > limits.envEntryBytes)
        refuse("size", `has ${size} bytes with its name; ${limits.envEntryBytes} fit into one environment variable.`);
      env[key] = value;
    }
  }
  for (const [key, value] of local) env[key] = value;
  if (problems.length > 0) {
    throw new KeyrollError(
      "invalid",
      `${problems.length === 1 ? "A value does" : `${problems.length} values do`} not fit into an environment.`,
      {
        problems,
        next: "Leave them out with --only, or save them encoded, for example as base64 text.",
      },
    );
  }
  return { env, replaced: [...values.keys()].filter((key) => local.has(key)) };
};
