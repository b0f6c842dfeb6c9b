import { expect, test } from "vitest";
import { closingLines } from "./report.mjs";

test("what failed is named at the end, and the last line holds the sums alone, after a row for each stage with what kept it from running", () => {
  const text = closingLines([
    { stage: "unit", passed: 10, failed: 1, seconds: 2.04, failures: ["a.test.ts: it adds: expected 2"] },
    { stage: "cluster", passed: 0, failed: 0, seconds: 0, reason: "not run: not root" },
  ]);
  const lines = text.trimEnd().split("\n");
  expect(lines).toContain("unit: a.test.ts: it adds: expected 2");
  expect(lines.at(-1)).toBe("10 passed, 1 failed");
  expect(lines).toContain("unit                10       1      2.0");
  expect(lines).toContain("cluster              0       0      0.0  not run: not root");
});
