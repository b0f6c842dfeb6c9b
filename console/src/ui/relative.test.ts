import { expect, test } from "vitest";
import { duration, relative } from "./relative.ts";

const now = Date.UTC(2026, 4, 20, 12);
const ago = (seconds: number): string => relative(now - seconds * 1000, now);

test("how long ago, in the largest unit that says enough", () => {
  expect([0, 44, 45, 90, 44 * 60, 45 * 60, 21 * 3600, 22 * 3600, 59 * 86_400].map(ago)).toEqual([
    "just now",
    "just now",
    "1 min ago",
    "2 min ago",
    "44 min ago",
    "1 h ago",
    "21 h ago",
    "1 d ago",
    "59 d ago",
  ]);
  expect(ago(60 * 86_400)).toBe("2026-03-21");
});

test("what lies ahead, and clocks that differ a little", () => {
  expect(ago(-30)).toBe("just now");
  expect(ago(-3600)).toBe("in 1 h");
  expect(ago(-90 * 86_400)).toBe("2026-08-18");
});

test("durations", () => {
  expect([0, 59.4, 60, 185, 3600, 3725, -5].map(duration)).toEqual([
    "0 s",
    "59 s",
    "1 min 00 s",
    "3 min 05 s",
    "1 h 00 min",
    "1 h 02 min",
    "0 s",
  ]);
});
