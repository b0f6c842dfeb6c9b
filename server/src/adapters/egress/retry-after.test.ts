import { expect, test } from "vitest";
import { retryAfter } from "./retry-after.ts";

const now = Date.parse("Sun, 06 Nov 1994 08:49:37 GMT");

test.each([
  ["3", 3],
  [" 0.5 ", 0.5],
  [["2", "9"], 2],
  ["Sun, 06 Nov 1994 08:49:40 GMT", 3],
  ["Sunday, 06-Nov-94 08:49:40 GMT", 3],
  ["Sun, 06 Nov 1994 08:00:00 GMT", 0],
  ["-1", 0],
  ["1e9", 0],
  ["Infinity", 0],
  ["soon", 0],
  ["", 0],
  [undefined, 0],
] as const)("Retry-After: %j is %d s", (header, seconds) => {
  expect(retryAfter(header, now)).toBe(seconds);
});
