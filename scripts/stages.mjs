/**
 * What `npm test` runs, in this order. A stage runs the vitest project of its name; `check` is format, lint and types.
 * Stages of another lane run beside the rest: the cluster's wait for pods most of the time.
 *
 * @typedef {object} Stage
 * @property {string} name
 * @property {readonly (keyof typeof import("./needs.mjs").needs)[]} needs
 * @property {"main" | "beside"} [lane] "main" unless it says so
 * @property {number} limitMinutes after which it is ended and has failed; three times that for a long run
 */

/** @type {readonly Stage[]} */
export const stages = [
  { name: "check", needs: [], limitMinutes: 5 },
  { name: "unit", needs: [], limitMinutes: 10 },
  { name: "sqlite", needs: [], limitMinutes: 10 },
  { name: "conformance", needs: ["aws", "bao"], limitMinutes: 15 },
  { name: "postgres", needs: ["postgres"], limitMinutes: 10 },
  { name: "transcripts", needs: ["build", "aws"], limitMinutes: 10 },
  { name: "browser", needs: ["build", "chromium", "aws"], limitMinutes: 15 },
  { name: "cluster", needs: ["build", "chromium", "postgres", "aws", "cluster"], limitMinutes: 30, lane: "beside" },
];
