import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { allKeys, env, found, required, rolled, saved, workload } from "../../e2e/harness/manifests.ts";
import { ruleIds } from "./index.ts";

const folder = new URL("rules/", import.meta.url);
const casesIn = (file: string): string[] =>
  [...readFileSync(new URL(file, folder), "utf8").matchAll(/casesOf\("([a-z0-9-]+)"\)/gu)].map(
    ([, rule]) => rule ?? "",
  );

test("every rule has its cases beside it", () => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".test.ts"));
  expect(files.flatMap(casesIn).toSorted()).toEqual([...ruleIds].toSorted());
  for (const file of files) {
    const rule = readFileSync(new URL(file.replace(".test.ts", ".ts"), folder), "utf8");
    expect(
      casesIn(file).every((id) => rule.includes(`id: "${id}"`)),
      file,
    ).toBe(true);
  }
});

test("no finding comes with another one for the same reason", () => {
  expect(found(rolled(env("OLD")), { removedKeys: ["OLD"] })).toEqual([
    "error removed-key-needed main OLD",
    "note removed-key-stays OLD",
  ]);
  expect(found(rolled(allKeys), { keys: saved(), required: required("NEED") })).toEqual([
    "error required-key-missing NEED",
    "warning secret-missing main",
  ]);
  expect(found(workload({ container: env("NOPE"), head: "namespace: other" }))).toEqual(["warning foreign-namespace"]);
});
