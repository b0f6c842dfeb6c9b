/**
 * @typedef {object} Outcome
 * @property {string} stage
 * @property {number} passed
 * @property {number} failed
 * @property {number} seconds
 * @property {string} [reason] why it did not run, or failed otherwise than by a test
 * @property {readonly string[]} [failures] a line for each test that failed
 */

/**
 * What failed, by name, so that the end of a long log tells it; the stages as a table; then the sums alone on the last line.
 *
 * @param {readonly Outcome[]} outcomes
 * @returns {string}
 */
export function closingLines(outcomes) {
  const rows = outcomes.map(({ stage, passed, failed, seconds, reason }) => {
    const figures = [String(passed).padStart(8), String(failed).padStart(8), seconds.toFixed(1).padStart(9)];
    return `${stage.padEnd(14)}${figures.join("")}  ${reason ?? ""}`.trimEnd();
  });
  const failures = outcomes.flatMap(({ stage, failures = [] }) => failures.map((line) => `${stage}: ${line}\n`));
  const head = `${"stage".padEnd(14)}${"passed".padStart(8)}${"failed".padStart(8)}${"seconds".padStart(9)}`;
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
  return `${failures.length > 0 ? `\nfailed\n${failures.join("")}` : ""}\n${[head, ...rows].join("\n")}\n\n${passed} passed, ${failed} failed\n`;
}
