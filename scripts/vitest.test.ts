import { expect, test } from "vitest";
import { failureLines, judge } from "./vitest.mjs";

test("a run is green only when vitest says so and every test of it ran", () => {
  expect(judge(true, { passed: 3, failed: 0, skipped: 0 })).toEqual({ passed: 3, failed: 0 });
  expect(judge(false, { passed: 3, failed: 2, skipped: 0 })).toEqual({ passed: 3, failed: 2 });
  expect(judge(true, { passed: 3, failed: 0, skipped: 1 })).toMatchObject({ failed: 1 });
  expect(judge(true, { passed: 0, failed: 0, skipped: 0 })).toMatchObject({ failed: 1 });
  expect(judge(false, { passed: 3, failed: 0, skipped: 0 })).toMatchObject({ failed: 1 });
  expect(judge(false, null)).toMatchObject({ failed: 1 });
  expect(judge(true, null)).toMatchObject({ failed: 1 });
});

test("a file that did not load is named also where no test failed", () => {
  const failures = ["b.test.ts: Error: no such module"];
  expect(judge(false, { passed: 3, failed: 0, skipped: 0, failures })).toMatchObject({ failed: 1, failures });
  expect(judge(false, { passed: 0, failed: 0, skipped: 0, failures })).toMatchObject({ failed: 1, failures });
  expect(judge(false, { passed: 3, failed: 0, skipped: 1, failures })).toMatchObject({ failed: 1, failures });
});

test("each test that failed is named with its file and what it said first, and so is a file that did not load", () => {
  const failed = { fullName: "saving keeps it", status: "failed", failureMessages: ["Error: 2 is not 3\n    at x"] };
  const passed = { fullName: "saving ends", status: "passed", failureMessages: [] };
  expect(
    failureLines([
      { name: "a.test.ts", message: "", assertionResults: [failed, passed] },
      { name: "b.test.ts", message: "Error: no such module\n", assertionResults: [] },
      { name: "c.test.ts", message: "", assertionResults: [passed] },
    ]),
  ).toEqual(["a.test.ts: saving keeps it: Error: 2 is not 3", "b.test.ts: Error: no such module"]);
});
