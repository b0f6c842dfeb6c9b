// npm run check: format, lint, types and unit tests.
import "./node.mjs";
import { pathToFileURL } from "node:url";
import { run } from "./run.mjs";

/** @type {readonly { name: string, command: readonly string[] }[]} */
const steps = [
  { name: "format", command: ["oxfmt", "--check", "."] },
  { name: "lint", command: ["oxlint", "--type-aware", "--deny-warnings"] },
  { name: "types", command: ["tsc", "-b"] },
];

const unitTests = { name: "unit tests", command: ["vitest", "run", "--project", "unit"] };

/**
 * Runs every step, also after a failure, so that one run shows all that is wrong.
 *
 * @param {readonly { name: string, command: readonly string[] }[]} [list]
 * @returns {Promise<string[]>} names of the steps that failed
 */
export async function check(list = steps) {
  const failed = [];
  for (const { name, command } of list) {
    const began = performance.now();
    const passed = await run(command);
    if (!passed) failed.push(name);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    process.stderr.write(`check: ${name} ${passed ? "ok" : "FAILED"} in ${seconds} s\n`);
  }
  return failed;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const failed = await check([...steps, unitTests]);
  if (failed.length > 0) {
    process.stderr.write(`check failed: ${failed.join(", ")}\n`);
    process.exitCode = 1;
  }
}
