import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const carrier = join(import.meta.dirname, "carried-node.js");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "keyroll-carried-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The last two are an option of Node too, which must not take it. */
const given = ["a b", "--c", "--env-file", "no-such.env"];

/** Starts a program that hands itself over to the carried Node, where `body` runs. */
function handOver(body: string) {
  const inner = join(folder, "inner.mjs");
  writeFileSync(inner, body);
  const outer = join(folder, "outer.mjs");
  const argv = JSON.stringify([inner, ...given]);
  writeFileSync(
    outer,
    `import { runOnCarriedNode } from ${JSON.stringify(carrier)};\nawait runOnCarriedNode(${argv});\n`,
  );
  const child = spawn(process.execPath, [outer], { stdio: ["ignore", "pipe", "inherit"] });
  return { child, ended: once(child, "exit") };
}

test("arguments, output and exit status pass through", async () => {
  const { child, ended } = handOver("console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;");
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = await ended;
  expect(code).toBe(7);
  expect(JSON.parse(output)).toEqual(given);
});

test("a signal reaches the program, and how it ends is how the launcher ends", async () => {
  const body = 'process.on("SIGTERM", () => process.exit(9)); console.log("up"); setInterval(() => {}, 1000);';
  const { child, ended } = handOver(body);
  await once(child.stdout, "data");
  child.kill("SIGTERM");
  expect(await ended).toEqual([9, null]);
});

test("a program that a signal kills gives the shell's 128 + number", async () => {
  const { child, ended } = handOver('console.log("up"); setInterval(() => {}, 1000);');
  await once(child.stdout, "data");
  child.kill("SIGTERM");
  expect(await ended).toEqual([128 + 15, null]);
});
