import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** @type {readonly NodeJS.Signals[]} */
const passedOn = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"];

/** The newest Node that an `npm ci` put above this file, or null. */
function findCarriedNode() {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", ".bin", "node");
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) return null;
  }
}

/**
 * Runs a program on the Node that the checkout carries, with this process's streams and signals, and ends this
 * process as that one ended. Never resolves.
 *
 * @param {readonly string[]} argv the script and its arguments
 * @returns {Promise<never>}
 */
export function runOnCarriedNode(argv) {
  const node = findCarriedNode();
  if (node === null) {
    process.stderr.write(
      `keyroll: Node 24.7 or newer is needed and this is ${process.version}; run \`npm ci\` in the checkout, which brings one\n`,
    );
    process.exit(1);
  }
  // Without the `--`, Node itself reads an `--env-file` among the script's arguments, and obeys a NODE_OPTIONS in it.
  const child = spawn(node, ["--", ...argv], { stdio: "inherit" });
  for (const signal of passedOn) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`keyroll: ${node} does not start: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  return new Promise(() => {});
}
