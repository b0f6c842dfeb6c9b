import { limits } from "./limits.ts";
import type { Notice, Problem } from "./problem.ts";

const shellName = /^[A-Za-z_][A-Za-z0-9_]*$/u;

/** Whether a shell can use it as a variable name. */
export const isShellName = (key: string): boolean => shellName.test(key);

/** Whether a Kubernetes Secret accepts the key, else the exact rule that it breaks. */
export const checkKey = (key: string): Problem | null => {
  const problem = (rule: string, message: string, facts: Partial<Problem> = {}): Problem => ({
    rule,
    key,
    message,
    ...facts,
  });
  if (key === "") return problem("key-empty", "A key needs a name.");
  if (key.length > limits.keyBytes) {
    return problem("key-length", `A key has at most ${limits.keyBytes} characters; this one has ${key.length}.`, {
      limit: limits.keyBytes,
      actual: key.length,
    });
  }
  const foreign = /[^-._a-zA-Z0-9]/u.exec(key)?.[0];
  if (foreign !== undefined) {
    const shown = /[\p{L}\p{N}\p{P}\p{S}]/u.test(foreign)
      ? `\`${foreign}\``
      : `U+${(foreign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
    return problem(
      "key-characters",
      `\`${printable(key)}\`: a key takes A-Z, a-z, 0-9, ".", "_" and "-"; ${shown} is not one of them.`,
      { limit: "[-._a-zA-Z0-9]" },
    );
  }
  if (key === ".") return problem("key-dot", "`.` is not a key that Kubernetes accepts.");
  if (key.startsWith("..")) return problem("key-dots", `\`${key}\`: a key does not begin with "..".`);
  return null;
};

/** Control characters made visible, for messages that quote a key. */
const printable = (key: string): string => key.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\u{FFFD}").slice(0, 80);

/** Keys that change what a process loads, runs or trusts. Prefixes end with `*`. */
const risky: readonly (readonly [string, string])[] = [
  ["PATH", "decides which programs are started"],
  ["LD_*", "makes the loader run other code in every program"],
  ["DYLD_*", "makes the loader run other code in every program"],
  ["NODE_OPTIONS", "changes what Node.js loads at start"],
  ["NODE_EXTRA_CA_CERTS", "changes which servers Node.js trusts"],
  ["NODE_TLS_REJECT_UNAUTHORIZED", "can switch off the check of certificates"],
  ["PYTHONPATH", "changes which modules Python loads"],
  ["PYTHONSTARTUP", "makes Python run a file at start"],
  ["PYTHONHOME", "changes which Python is used"],
  ["PERL5LIB", "changes which modules Perl loads"],
  ["PERL5OPT", "changes what Perl loads at start"],
  ["RUBYOPT", "changes what Ruby loads at start"],
  ["RUBYLIB", "changes which files Ruby loads"],
  ["JAVA_TOOL_OPTIONS", "changes what the JVM loads at start"],
  ["_JAVA_OPTIONS", "changes what the JVM loads at start"],
  ["JDK_JAVA_OPTIONS", "changes what the JVM loads at start"],
  ["BASH_ENV", "makes every bash script run a file first"],
  ["BASH_FUNC_*", "defines shell functions"],
  ["ENV", "makes interactive shells run a file first"],
  ["IFS", "changes how shells split words"],
  ["PS4", "is evaluated by shells that trace"],
  ["PROMPT_COMMAND", "is run by interactive shells"],
  ["SHELL", "decides which shell programs start"],
  ["HOME", "changes where programs look for their files"],
  ["KUBERNETES_*", "hides the cluster's own address from the pod"],
  ["HTTP_PROXY", "sends traffic through another host"],
  ["HTTPS_PROXY", "sends traffic through another host"],
  ["ALL_PROXY", "sends traffic through another host"],
  ["SSL_CERT_FILE", "changes which servers are trusted"],
  ["SSL_CERT_DIR", "changes which servers are trusted"],
  ["GIT_SSH_COMMAND", "is run by git"],
  ["GCONV_PATH", "makes the C library load other code"],
  ["HOSTALIASES", "changes how host names resolve"],
];
/** Read in lower case too. */
const anyCase = new Set(["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]);

/** Why a key needs to be confirmed; null: it does not. */
export const riskOf = (key: string): string | null => {
  for (const [name, why] of risky) {
    if (
      name.endsWith("*")
        ? key.startsWith(name.slice(0, -1))
        : key === name || (anyCase.has(name) && key.toUpperCase() === name)
    )
      return why;
  }
  return null;
};

export const isRiskyKey = (key: string): boolean => riskOf(key) !== null;

/** What to know about a valid key. */
export const keyWarnings = (key: string): Notice[] =>
  isShellName(key)
    ? []
    : [
        {
          id: "not-a-shell-name",
          key,
          message: `\`${key}\` is not a shell name: a container can read it, \`$${key}\` in a shell script cannot.`,
        },
      ];
