import { appendFileSync } from "node:fs";

/** Whether this is `npm run test:long`: large counts (kills, schedules, crash points, fuzz) then run in full. */
export const isLongRun = process.env["KEYROLL_TEST_LONG"] === "1";

/**
 * Reports what a test repeated, for docs/evidence.md. Does nothing outside a long run.
 *
 * @param what one line that says what was tried, without values
 * @param counts figures by what they count, in the plural: `{ kills: 500, "saves lost": 0 }`
 */
export function recordEvidence(what: string, counts: Readonly<Record<string, number>>): void {
  const file = process.env["KEYROLL_EVIDENCE_FILE"];
  if (file) appendFileSync(file, `${JSON.stringify({ what, counts })}\n`);
}
