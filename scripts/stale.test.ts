import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildIfStale } from "./stale.mjs";

let folder: string;
let builds: number;

beforeEach(() => {
  builds = 0;
  folder = mkdtempSync(join(tmpdir(), "keyroll-stale-"));
  mkdirSync(join(folder, "part/src"), { recursive: true });
  writeFileSync(join(folder, "part/src/a.ts"), "");
  writeFileSync(join(folder, "part/src/b.ts"), "");
  age("part/src/a.ts", 60);
  age("part/src/b.ts", 60);
  age("part/src", 60);
});

afterEach(() => rmSync(folder, { recursive: true }));

function age(path: string, seconds: number): void {
  const time = new Date(Date.now() - seconds * 1000);
  utimesSync(join(folder, path), time, time);
}

function build(): Promise<boolean> {
  const part = { output: join(folder, "part/dist"), inputs: [join(folder, "part")] };
  return buildIfStale(part, async () => {
    builds += 1;
    mkdirSync(part.output, { recursive: true });
  });
}

test("the first build runs and the second has nothing to do", async () => {
  expect(await build()).toBe(true);
  expect(await build()).toBe(false);
  expect(builds).toBe(1);
});

test("an edited file makes the output stale", async () => {
  await build();
  age("part/src/a.ts", -1);
  expect(await build()).toBe(true);
});

test("a removed file makes the output stale", async () => {
  await build();
  age("part/dist/.stamp", 30);
  rmSync(join(folder, "part/src/b.ts"));
  expect(await build()).toBe(true);
});

test("a file edited while the build runs is built the next time", async () => {
  const part = { output: join(folder, "part/dist"), inputs: [join(folder, "part")] };
  await buildIfStale(part, async () => {
    mkdirSync(part.output);
    age("part/src/a.ts", -1);
  });
  expect(await build()).toBe(true);
});

test("a build that fails leaves the output stale", async () => {
  const part = { output: join(folder, "part/dist"), inputs: [join(folder, "part")] };
  await expect(buildIfStale(part, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await build()).toBe(true);
});
