import { existsSync, readFileSync } from "node:fs";
import { run } from "./run.mjs";

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {{ passed: number, failed: number, reason?: string }} Verdict
 */

/**
 * Runs one vitest project.
 *
 * @param {string} project
 * @param {{ env: NodeJS.ProcessEnv, limitMinutes: number, report: string, log?: string | undefined }} options
 *   `report`: a file to use for the counts; `log`: a file that takes the output instead of the terminal
 * @returns {Promise<Verdict>}
 */
export async function runVitest(project, { env, limitMinutes, report, log }) {
  const command = ["vitest", "run", "--project", project, "--reporter=default", "--reporter=json"];
  const isGreen = await run([...command, `--outputFile.json=${report}`], { env, limitMinutes, log });
  return judge(isGreen, readCounts(report));
}

/**
 * What a run comes to. One that broke before or beside its tests counts a failure more than its tests say, and a
 * skipped test is a failed one, so that nothing looks green that did not run.
 *
 * @param {boolean} isGreen vitest's own exit status
 * @param {Counts | null} counts null: it wrote no report
 * @returns {Verdict}
 */
export function judge(isGreen, counts) {
  if (counts === null) return { passed: 0, failed: 1, reason: "it ended before it could report, see above" };
  const { passed, failed, skipped } = counts;
  if (passed + failed + skipped === 0) return { passed, failed: 1, reason: "it has no tests" };
  if (skipped > 0) return { passed, failed: failed + skipped, reason: `${skipped} skipped: mend or remove them` };
  if (!isGreen && failed === 0) return { passed, failed: 1, reason: "an error outside the tests, see above" };
  return { passed, failed };
}

/**
 * @param {string} report
 * @returns {Counts | null}
 */
function readCounts(report) {
  if (!existsSync(report)) return null;
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, "utf8"));
  return { passed: Number(numPassedTests), failed: Number(numFailedTests), skipped: Number(numPendingTests) };
}
