import { expect, test } from "vitest";
import { judge } from "./vitest.mjs";

test("a run is green only when vitest says so and every test of it ran", () => {
  expect(judge(true, { passed: 3, failed: 0, skipped: 0 })).toEqual({ passed: 3, failed: 0 });
  expect(judge(false, { passed: 3, failed: 2, skipped: 0 })).toEqual({ passed: 3, failed: 2 });
  expect(judge(true, { passed: 3, failed: 0, skipped: 1 })).toMatchObject({ failed: 1 });
  expect(judge(true, { passed: 0, failed: 0, skipped: 0 })).toMatchObject({ failed: 1 });
  expect(judge(false, { passed: 3, failed: 0, skipped: 0 })).toMatchObject({ failed: 1 });
  expect(judge(false, null)).toMatchObject({ failed: 1 });
  expect(judge(true, null)).toMatchObject({ failed: 1 });
});
