import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { run } from "./run.mjs";

/**
 * @typedef {{ passed: number, failed: number, skipped: number, failures?: readonly string[] }} Counts
 * @typedef {{ passed: number, failed: number, reason?: string, failures?: readonly string[] }} Verdict
 *   `failures`: a line for each test that failed
 * @typedef {{ fullName: string, status: string, failureMessages?: readonly string[] }} Assertion
 * @typedef {{ name: string, message?: string, assertionResults: readonly Assertion[] }} File
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
  const { passed, failed, skipped, failures = [] } = counts;
  // Also where no test failed: a file that could not be loaded is named there.
  const named = failures.length > 0 ? { failures } : {};
  if (passed + failed + skipped === 0) return { passed, failed: 1, reason: "it has no tests", ...named };
  if (skipped > 0)
    return { passed, failed: failed + skipped, reason: `${skipped} skipped: mend or remove them`, ...named };
  if (!isGreen && failed === 0) return { passed, failed: 1, reason: "an error outside the tests, see above", ...named };
  return { passed, failed, ...named };
}

/**
 * What failed, a line each: the file, the test and the first line of what it said. A file that could not be loaded has
 * no tests, and a line of its own.
 *
 * @param {readonly File[]} files as vitest's JSON reporter writes them, with paths from the root of this repository
 * @returns {string[]}
 */
export function failureLines(files) {
  return files.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults
      .filter(({ status }) => status === "failed")
      .map(({ fullName, failureMessages }) => `${name}: ${fullName.trim()}: ${firstLine(failureMessages?.[0])}`);
    return failed.length === 0 && message ? [`${name}: ${firstLine(message)}`] : failed;
  });
}

/** @param {string | undefined} text */
function firstLine(text) {
  return text?.split("\n").find((line) => line.trim() !== "") ?? "it gave no reason";
}

/**
 * @param {string} report
 * @returns {Counts | null}
 */
function readCounts(report) {
  if (!existsSync(report)) return null;
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(report, "utf8"));
  const failures = failureLines(
    testResults.map((/** @type {File} */ file) => ({ ...file, name: relative(process.cwd(), file.name) })),
  );
  return { passed: Number(numPassedTests), failed: Number(numFailedTests), skipped: Number(numPendingTests), failures };
}
