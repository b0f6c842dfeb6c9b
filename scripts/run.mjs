import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";

/** Process groups that run now. @type {Set<number>} */
const running = new Set();

/**
 * Runs a command in the checkout, in a process group of its own and without input.
 *
 * @param {readonly string[]} command program and arguments
 * @param {{ env?: NodeJS.ProcessEnv, log?: string | undefined, limitMinutes?: number }} [options] `env` adds to the environment;
 *   `log` is a file that takes the output instead of the terminal; past the limit the whole group is killed
 * @returns {Promise<boolean>} whether it ended with exit status 0
 */
export function run([program = "", ...args], { env = {}, log, limitMinutes } = {}) {
  const output = log === undefined ? "inherit" : openSync(log, "a");
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...env, PATH: searchPath(env) },
      stdio: ["ignore", output, output],
      detached: true,
    });
    child.on("error", reject);
    const { pid } = child;
    if (pid === undefined) return;
    running.add(pid);
    const limit =
      limitMinutes &&
      setTimeout(() => {
        process.stderr.write(`${program} was ended: it took more than ${limitMinutes} minutes\n`);
        signalGroup(pid, "SIGKILL");
      }, limitMinutes * 60_000);
    child.on("exit", (code) => {
      clearTimeout(limit);
      running.delete(pid);
      resolve(code === 0);
    });
  });
}

/**
 * Carried programs first, as npm does it; a script that was started without npm finds them too.
 *
 * @param {NodeJS.ProcessEnv} env
 */
const searchPath = (env) => `${join(root, "node_modules/.bin")}:${env["PATH"] ?? process.env["PATH"] ?? ""}`;

/**
 * Sends a signal to everything that `run` has started and that still runs.
 *
 * @param {NodeJS.Signals} signal
 */
export function signalAll(signal) {
  for (const pid of running) signalGroup(pid, signal);
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has just ended by itself.
  }
}
