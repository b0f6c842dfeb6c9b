// npm test [-- [--long] [stage...]]: every stage that this machine can run; what it cannot is named with the reason.
// KEYROLL_REQUIRE=all installs what is missing (Debian, as root) and leaves nothing out.
import "./node.mjs";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "./check.mjs";
import { writeEvidence } from "./evidence.mjs";
import { needs } from "./needs.mjs";
import { closingLines } from "./report.mjs";
import { signalAll } from "./run.mjs";
import { stages } from "./stages.mjs";
import { runVitest } from "./vitest.mjs";

/** @typedef {import("./report.mjs").Outcome} Outcome */
/** @typedef {import("./stages.mjs").Stage} Stage */
/** @typedef {keyof typeof needs} NeedName */

const isLong = process.argv.includes("--long");
const wanted = process.argv.slice(2).filter((argument) => argument !== "--long");
const requireAll = process.env["KEYROLL_REQUIRE"] === "all";
const unknown = wanted.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  process.stderr.write(`unknown: ${unknown.join(", ")}; stages are ${stages.map(({ name }) => name).join(", ")}\n`);
  process.exit(2);
}

if (process.env["KEYROLL_REQUIRE"] && !requireAll) {
  process.stderr.write("KEYROLL_REQUIRE takes one value, all\n");
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "keyroll-test-"));
/** @param {string} stage */
const evidenceOf = (stage) => join(folder, `${stage}.jsonl`);

/** Slow preparations under way. @type {Map<NeedName, Promise<Error | null>>} */
const preparing = new Map();
/** @type {Map<NeedName, Promise<NodeJS.ProcessEnv>>} */
const started = new Map();

/**
 * Installs what is missing, if that was asked for, and begins the slow preparations.
 *
 * @param {NeedName} name
 * @returns {Promise<string | null>} why the need cannot be served
 */
async function prepare(name) {
  const need = needs[name];
  if (need.missing() !== null && requireAll) {
    try {
      await need.install?.();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
  const reason = need.missing();
  if (reason !== null || !need.prepare) return reason;
  const prepared = need.prepare(join(folder, `${name}.log`));
  preparing.set(
    name,
    prepared.then(
      () => null,
      (error) => error,
    ),
  );
  return null;
}

/** @param {NeedName} name */
async function start(name) {
  const failure = await preparing.get(name);
  if (failure) throw failure;
  return needs[name].start();
}

async function stopServices() {
  for (const name of started.keys()) {
    await needs[name].stop?.().catch((error) => process.stderr.write(`${error.message}\n`));
  }
  rmSync(folder, { recursive: true, force: true });
}

async function abandon() {
  signalAll("SIGTERM");
  await stopServices();
  process.exit(130);
}

/**
 * @param {Stage} stage
 * @param {string} [log]
 * @returns {Promise<{ passed: number, failed: number, reason?: string }>}
 */
async function runStage(stage, log) {
  if (stage.name === "check") {
    const failed = await check();
    return { passed: 0, failed: failed.length, reason: failed.join(", ") };
  }
  /** @type {NodeJS.ProcessEnv} */
  const env = isLong ? { KEYROLL_TEST_LONG: "1", KEYROLL_EVIDENCE_FILE: evidenceOf(stage.name) } : {};
  for (const name of stage.needs) {
    const starting = started.get(name) ?? start(name);
    started.set(name, starting);
    Object.assign(env, await starting);
  }
  const limitMinutes = stage.limitMinutes * (isLong ? 3 : 1);
  return runVitest(stage.name, { env, limitMinutes, report: join(folder, `${stage.name}.json`), log });
}

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.once(signal, () => void abandon());
}

const chosen = stages.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
/** @type {Map<NeedName, string | null>} */
const reasons = new Map();
for (const name of new Set(chosen.flatMap((stage) => stage.needs))) reasons.set(name, await prepare(name));

/**
 * @param {Stage} stage
 * @param {boolean} isBeside its output comes when it is over, so that it stays in one piece
 * @returns {Promise<Outcome>}
 */
async function outcomeOf(stage, isBeside) {
  const missing = stage.needs.map((name) => reasons.get(name)).find(Boolean);
  if (missing) {
    const reason = `not run: ${missing}`;
    return { stage: stage.name, passed: 0, failed: requireAll ? 1 : 0, seconds: 0, reason };
  }
  const log = isBeside ? join(folder, `${stage.name}.log`) : undefined;
  process.stdout.write(
    `\n== ${stage.name}${isBeside ? ", beside the others: its output comes when it is over" : ""}\n`,
  );
  const began = performance.now();
  const result = await runStage(stage, log).catch((error) => ({
    passed: 0,
    failed: 1,
    reason: String(error?.message ?? error),
  }));
  const outcome = { stage: stage.name, seconds: (performance.now() - began) / 1000, ...result };
  if (log !== undefined && existsSync(log))
    process.stdout.write(`\n== ${stage.name}, its output\n${readFileSync(log, "utf8")}`);
  // The check repeats nothing.
  if (isLong && result.failed === 0 && stage.name !== "check") writeEvidence(outcome, evidenceOf(stage.name));
  return outcome;
}

/** @param {readonly Stage[]} lane */
async function runLane(lane, isBeside = false) {
  /** @type {Outcome[]} */
  const outcomes = [];
  for (const stage of lane) outcomes.push(await outcomeOf(stage, isBeside));
  return outcomes;
}

// Where everything is required and installed first, each stage has the machine for itself: a failure there is no matter of
// how busy it was. Else the first lane is shown as it goes on; the others' output would come in between.
/** @param {Stage} stage */
const laneOf = ({ lane }) => (requireAll ? "main" : lane);
const lanes = [...new Set(chosen.map(laneOf))];
const ended = await Promise.all(
  lanes.map(
    async (lane, place) =>
      await runLane(
        chosen.filter((stage) => laneOf(stage) === lane),
        place > 0,
      ),
  ),
);
const outcomes = ended.flat();
const isGreen = outcomes.every(({ failed }) => failed === 0);
await stopServices();
process.stdout.write(closingLines(outcomes));
process.exitCode = isGreen ? 0 : 1;
