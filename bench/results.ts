import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { arch, cpus, totalmem, type } from "node:os";
import type { Figure, Measure, Measured } from "./measure.ts";
import { root } from "./programs.ts";

const head = `# Measurements

Written by \`npm run bench\`; a run replaces the sections of what it measured. The figure is the median with p10-p90 of the
rounds, and of the ratio round by round (both sides in one run, in alternating order). What was missed stands here too.

How fast the machine was stands in each section as \`node -e 0\`: times of a day on which it took longer do not compare with
those of another.
`;

const git = (...args: readonly string[]): string => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();

/** What the figures depend on: no name of a host, no path. */
const circumstances = (rounds: number, node: number): string => {
  const isClean = git("status", "--porcelain", "--", ".", ":!bench/RESULTS.md") === "";
  return [
    new Date().toISOString().slice(0, 10),
    `commit ${git("rev-parse", "--short=12", "HEAD")}${isClean ? "" : " with changes that are not committed"}`,
    `${cpus().length} cores (${cpus()[0]?.model ?? "unknown"})`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${type()} ${arch()}`,
    `Node ${process.version} (\`node -e 0\`: ${node.toFixed(0)} ms)`,
    `${rounds} rounds`,
  ].join(", ");
};

/** Yes, no, or that there was nothing to decide. */
export const verdict = ({ met }: Figure): string => (met === null ? "-" : met ? "met" : "**missed**");

const cell = (text: string): string => text.replaceAll("|", "\\|");

/** One section of the results, as Markdown. */
export const section = (measure: Measure, measured: Measured, under: string): string =>
  [
    `## ${measure.id} ${measure.title}`,
    "",
    `Floor: ${measure.floor}. ${under}.`,
    "",
    "| what | measured | against | goal | |",
    "|---|---|---|---|---|",
    ...measured.figures.map(
      (figure) =>
        `| ${[figure.what, figure.figure, figure.against, figure.goal, verdict(figure)].map(cell).join(" | ")} |`,
    ),
    ...(measured.notes.length === 0 ? [] : ["", ...measured.notes.map((note) => `- ${note}`)]),
    "",
  ].join("\n");

/** The text with one section replaced or added; sections stand in the order of their numbers. */
export const withSection = (text: string, id: string, made: string): string => {
  const sections = new Map(
    text
      .split(/^(?=## G\d)/mu)
      .slice(1)
      .map((part) => [/^## (G\d+)/u.exec(part)?.[1] ?? "", `${part.trimEnd()}\n`]),
  );
  sections.set(id, made);
  const inOrder = [...sections].toSorted(([a], [b]) => Number(a.slice(1)) - Number(b.slice(1)));
  return [head, ...inOrder.map(([, part]) => part)].join("\n");
};

/** Puts what was measured into bench/RESULTS.md. `node`: milliseconds of `node -e 0` just before. */
export const writeSection = (measure: Measure, measured: Measured, rounds: number, node: number): void => {
  const file = `${root}bench/RESULTS.md`;
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  writeFileSync(file, withSection(text, measure.id, section(measure, measured, circumstances(rounds, node))));
};
