import { globSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { expect, test } from "vitest";
import { testProjects } from "../vitest.config.ts";
import { root } from "./paths.mjs";
import { stages } from "./stages.mjs";

const exclude = ["**/node_modules/**", "**/dist/**", ".git/**", ".tsbuild/**"];
const files = globSync("**/*.test.{ts,tsx}", { cwd: root, exclude });
const matches = (path: string, globs: readonly string[]) => globs.some((glob) => matchesGlob(path, glob));

test("every test file belongs to a project, and npm test runs it", () => {
  const run = stages.map(({ name }) => name);
  expect(files).toContain(join("scripts", "stages.test.ts"));
  for (const file of files) {
    const owners = testProjects.filter((project) => matches(file, project.include) && !matches(file, project.exclude));
    expect(owners, file).not.toHaveLength(0);
    for (const { name } of owners)
      expect(run, `${file} belongs to ${name}: add it to scripts/stages.mjs`).toContain(name);
  }
});

test("every stage but check is a vitest project", () => {
  const projects = testProjects.map(({ name }) => name);
  const others = stages.map(({ name }) => name).filter((name) => !projects.includes(name));
  expect(others).toEqual(["check"]);
});
