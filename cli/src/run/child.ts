import { spawn } from "node:child_process";
import { constants } from "node:os";

export interface Child {
  readonly pid: number;
  /** Its exit code, or 128 and the signal's number. */
  readonly ended: Promise<number>;
  kill(signal: NodeJS.Signals): void;
}

/** 127: there is no such command; 126: it cannot be run. The environment is never part of the message. */
const failures = new Map([
  ["ENOENT", { exit: 127, why: "was not found" }],
  ["EACCES", { exit: 126, why: "may not be executed" }],
  ["E2BIG", { exit: 126, why: "cannot start: arguments and environment are larger than the system takes" }],
]);

/** Starts the command on this terminal. A command that cannot start has ended with 126 or 127. */
export const startChild = (
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
  say: (line: string) => void,
): Child => {
  const [command = "", ...args] = argv;
  let child: ReturnType<typeof spawn>;
  const fail = (error: unknown): number => {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const { exit, why } = failures.get(code) ?? { exit: 126, why: `cannot start (${code})` };
    say(`keyroll: ${command} ${why}.`);
    return exit;
  };
  try {
    child = spawn(command, args, { stdio: "inherit", env: { ...env }, cwd });
  } catch (error) {
    return { pid: 0, ended: Promise.resolve(fail(error)), kill: () => undefined };
  }
  const ended = new Promise<number>((resolve) => {
    child.once("error", (error) => resolve(fail(error)));
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
  return { pid: child.pid ?? 0, ended, kill: (signal) => void child.kill(signal) };
};

/** A terminal sends Ctrl-C and Ctrl-\\ to the child itself; everything else is passed on. */
export const passOn = (child: Child, signal: NodeJS.Signals, isAtTerminal: boolean): void => {
  if (!isAtTerminal || (signal !== "SIGINT" && signal !== "SIGQUIT")) child.kill(signal);
};

/** TERM, and KILL after ten seconds. */
export const endChild = async (child: Child): Promise<number> => {
  child.kill("SIGTERM");
  const hard = setTimeout(() => child.kill("SIGKILL"), 10_000);
  try {
    return await child.ended;
  } finally {
    clearTimeout(hard);
  }
};
