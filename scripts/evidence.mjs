import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { arch, cpus, totalmem, type } from "node:os";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { stages } from "./stages.mjs";

const page = join(root, "docs/evidence.md");

const head = `# Evidence of long runs

Written by \`npm run test:long\`, stage by stage: a stage that passed replaces its section, with the day and the commit on which it
ran; \`npm run test:long -- NAME\` runs one alone. A stage that failed leaves its section as it was.
`;

/** @param {readonly string[]} args */
const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();

/**
 * The text with the stage's section replaced or added; sections stand in the order in which stages run.
 *
 * @param {string} text of the page before; empty when there is none
 * @param {string} stage
 * @param {string} section
 */
export function withSection(text, stage, section) {
  const sections = new Map(
    text
      .split(/^(?=## )/mu)
      .slice(1)
      .map((part) => [/^## (.+)/u.exec(part)?.[1] ?? "", `${part.trimEnd()}\n`]),
  );
  sections.set(stage, section);
  const inOrder = stages.flatMap(({ name }) => sections.get(name) ?? []);
  return [head, ...inOrder].join("\n");
}

/**
 * What one stage counted, when, on which commit and on what machine, as Markdown.
 *
 * @param {import("./report.mjs").Outcome} outcome
 * @param {string} file the JSON lines of e2e/harness/evidence.ts
 */
function sectionOf({ stage, passed, seconds }, file) {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  /** @type {{ what: string, counts: Record<string, number> }[]} */
  const entries = lines.map((line) => JSON.parse(line)).toSorted((a, b) => a.what.localeCompare(b.what));
  const isClean = git("status", "--porcelain", "--", ".", ":!docs/evidence.md") === "";
  const machine = `${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  return [
    `## ${stage}`,
    "",
    `- ${new Date().toISOString().slice(0, 10)}, commit ${git("rev-parse", "HEAD")}${isClean ? "" : " with changes that are not committed"}`,
    `- ${machine}, ${type()} ${arch()}, Node ${process.version}`,
    `- ${passed} tests passed in ${seconds.toFixed(0)} s`,
    ...(entries.length === 0
      ? []
      : [
          "",
          "| what was repeated | counts |",
          "|---|---|",
          ...entries.map(({ what, counts }) => `| ${what} | ${sentence(counts)} |`),
        ]),
    "",
  ].join("\n");
}

/**
 * Writes the section of a stage that has passed to docs/evidence.md.
 *
 * @param {import("./report.mjs").Outcome} outcome
 * @param {string} file the JSON lines of e2e/harness/evidence.ts
 */
export function writeEvidence(outcome, file) {
  const before = existsSync(page) ? readFileSync(page, "utf8") : "";
  writeFileSync(page, withSection(before, outcome.stage, sectionOf(outcome, file)));
}

/** @param {Record<string, number>} counts */
function sentence(counts) {
  return Object.entries(counts)
    .map(([name, count]) => `${count.toLocaleString("en")} ${name}`)
    .join(", ");
}
