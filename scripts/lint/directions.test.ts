import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const workspaces = ["pairs", "preflight", "cli", "console", "server"];
let folder: string;

/** What must not be written, and a part of the answer. */
const forbidden: readonly [path: string, code: string, answer: string][] = [
  ["pairs/src/a.ts", 'import "node:fs";', "pure"],
  ["preflight/src/a.ts", "export const at = Date.now();", "Clock port"],
  ["cli/src/a.ts", 'import "../../server/src/main.ts";', "@keyroll/sdk only"],
  ["cli/src/b.ts", 'import { z } from "zod"; export const a = z;', "start-up"],
  ["console/src/a.ts", 'import { api } from "@keyroll/contract"; export const a = api;', "Import types only"],
  ["server/src/ports/a.ts", 'import "../features/index.ts";', "Features use this folder"],
  ["server/src/proof/a.ts", 'import "../database/schema.ts";', "without a database"],
  ["server/src/features/apps/a.ts", 'import "../../adapters/clock/system.ts";', "main.ts chooses"],
  ["server/src/features/apps/b.ts", 'import "../secrets/save.ts";', "do not import each other"],
  ["server/src/features/apps/c.ts", 'export const env = process.env["HOME"];', "config.ts and main.ts"],
  [
    "server/src/features/apps/d.ts",
    'import { readFile } from "node:fs/promises"; export const a = readFile;',
    "Files are",
  ],
  ["server/src/features/apps/e.ts", "export const chance = Math.random();", "Random port"],
  ["server/src/features/apps/f.ts", "export const text = (s: { expose(): string }) => s.expose();", "unwrapped"],
  ["server/src/features/apps/g.ts", "export const n = 1 as unknown;", "type assertions"],
  ["server/src/adapters/helm/a.ts", 'import "../../http/server.ts";', "never the other way"],
  ["server/src/database/migrations/a.ts", 'import "../schema.ts";', "only kysely"],
  ["server/src/http/a.ts", 'import "../adapters/clock/system.ts";', "main.ts chooses"],
  ["server/src/main.ts", 'import "../../e2e/harness/evidence.ts";', "what tests it"],
];

const allowed: readonly [path: string, code: string][] = [
  ["server/src/features/apps/ok.ts", 'import "../secrets/ids.ts"; import "../verb.ts"; import "../../ports/clock.ts";'],
  ["server/src/adapters/clock/system.ts", "export const now = () => Date.now();"],
  ["server/src/adapters/stores/local.ts", "export const text = (s: { expose(): string }) => s.expose();"],
  ["server/src/config.ts", 'export const home = process.env["HOME"];'],
];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "keyroll-lint-"));
  cpSync(join(root, "oxlint.config.ts"), join(folder, "oxlint.config.ts"));
  cpSync(import.meta.dirname, join(folder, "scripts/lint"), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  for (const [path, code] of [...forbidden, ...allowed]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${code}\n`);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

test("imports against the way of the data and reads of the machine are refused with the reason", () => {
  const { stdout } = spawnSync("oxlint", ["--format", "json", ...workspaces], { cwd: folder, encoding: "utf8" });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { filename: string; message: string; help?: string }[] };
  const said = (path: string) =>
    diagnostics
      .filter(({ filename, message }) => filename === path && !message.includes("unassigned"))
      .map(({ message, help }) => `${message} ${help ?? ""}`)
      .join("\n");
  for (const [path, , answer] of forbidden) expect(said(path), path).toContain(answer);
  for (const [path] of allowed) expect(said(path), path).not.toMatch(/restricted|assertion/);
});
