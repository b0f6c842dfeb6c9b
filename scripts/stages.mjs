/**
 * What `npm test` runs, in this order. A stage runs the vitest project of its name; `check` is format, lint and types.
 * The lanes run beside each other: what happens in a cluster is waited for most of the time.
 *
 * @typedef {object} Stage
 * @property {string} name
 * @property {readonly (keyof typeof import("./needs.mjs").needs)[]} needs
 * @property {"main" | "cluster"} lane
 * @property {number} limitMinutes after which it is ended and has failed; three times that for a long run
 */

/** @type {readonly Stage[]} */
export const stages = [
  { name: "check", lane: "main", needs: [], limitMinutes: 5 },
  { name: "unit", lane: "main", needs: [], limitMinutes: 10 },
  { name: "sqlite", lane: "main", needs: ["build"], limitMinutes: 10 },
  { name: "conformance", lane: "main", needs: ["build", "aws", "bao"], limitMinutes: 20 },
  { name: "postgres", lane: "main", needs: ["build", "postgres"], limitMinutes: 15 },
  { name: "transcripts", lane: "main", needs: ["build", "aws"], limitMinutes: 10 },
  { name: "browser", lane: "main", needs: ["build", "chromium", "aws"], limitMinutes: 20 },
  {
    name: "cluster",
    lane: "cluster",
    needs: ["build", "chromium", "postgres", "aws", "cluster"],
    limitMinutes: 40,
  },
  { name: "outage", lane: "cluster", needs: ["build", "cluster"], limitMinutes: 10 },
  { name: "fleet", lane: "cluster", needs: ["build", "kwok"], limitMinutes: 10 },
];
