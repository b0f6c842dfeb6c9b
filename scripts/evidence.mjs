import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { arch, cpus, totalmem, type } from "node:os";
import { join } from "node:path";
import { root } from "./paths.mjs";

/** @param {readonly string[]} args */
const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();

/**
 * Writes docs/evidence.md: what a long run counted, when, on which commit and on what machine.
 *
 * @param {string} file the JSON lines of e2e/harness/evidence.ts
 * @param {readonly import("./report.mjs").Outcome[]} outcomes
 */
export async function writeEvidence(file, outcomes) {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  /** @type {{ what: string, counts: Record<string, number> }[]} */
  const entries = lines.map((line) => JSON.parse(line)).toSorted((a, b) => a.what.localeCompare(b.what));
  const isClean = git("status", "--porcelain", "--", ".", ":!docs/evidence.md") === "";
  const machine = `${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const text = [
    "# Evidence of the last long run",
    "",
    "Written by `npm run test:long`; the next run replaces it.",
    "",
    `- ${new Date().toISOString().slice(0, 10)}, commit ${git("rev-parse", "HEAD")}${isClean ? "" : " with changes that are not committed"}`,
    `- ${machine}, ${type()} ${arch()}, Node ${process.version}`,
    "",
    "| stage | tests passed | seconds | |",
    "|---|---|---|---|",
    ...outcomes.map((o) => `| ${o.stage} | ${o.passed} | ${o.seconds.toFixed(0)} | ${o.reason ?? ""} |`),
    "",
    "| what was repeated | counts |",
    "|---|---|",
    ...entries.map(({ what, counts }) => `| ${what} | ${sentence(counts)} |`),
    "",
  ];
  writeFileSync(join(root, "docs/evidence.md"), text.join("\n"));
}

/** @param {Record<string, number>} counts */
function sentence(counts) {
  return Object.entries(counts)
    .map(([name, count]) => `${count.toLocaleString("en")} ${name}`)
    .join(", ");
}
