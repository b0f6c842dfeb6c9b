import { spawnSync } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const program = join(import.meta.dirname, "main.ts");

test.runIf(existsSync("/dev/full"))("a full disk under the output is told in a sentence", () => {
  const full = openSync("/dev/full", "w");
  const { status, stderr } = spawnSync(process.execPath, [program, "--version"], {
    stdio: ["ignore", full, "pipe"],
    encoding: "utf8",
  });
  expect(stderr).toBe("keyroll: standard output cannot be written: the disk is full.\n  Send it somewhere else.\n");
  expect(status).toBe(1);
});

test.runIf(existsSync("/dev/full"))("a full disk under the talk changes nothing", () => {
  const full = openSync("/dev/full", "w");
  const { status, stdout } = spawnSync(process.execPath, [program, "no-such"], {
    stdio: ["ignore", "pipe", full],
    encoding: "utf8",
  });
  expect(stdout).toBe("");
  expect(status).toBe(2);
});
