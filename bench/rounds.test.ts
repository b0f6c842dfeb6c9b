import { expect, test } from "vitest";
import { alternate, quantile, ratios, spread } from "./rounds.ts";
import { withSection } from "./results.ts";

test("quantiles lie between the values in proportion, whatever their order", () => {
  const values = [5, 1, 4, 2, 3];
  expect(spread(values)).toEqual({ median: 3, p10: 1.4, p90: 4.6 });
  expect(quantile([1, 2], 0.5)).toBe(1.5);
  expect(quantile([7], 0.99)).toBe(7);
  expect(values).toEqual([5, 1, 4, 2, 3]);
  expect(() => quantile([], 0.5)).toThrow(RangeError);
});

test("a ratio is made round by round: what slows both sides of a round does not show", () => {
  expect(ratios([2, 20, 4], [1, 10, 2])).toEqual([2, 2, 2]);
  expect(() => ratios([1], [1, 2])).toThrow(RangeError);
});

test("sides take turns, the first round is not counted, and each later one begins at the other end", async () => {
  const order: string[] = [];
  const side = (name: string) => async () => order.push(name);
  const answers = await alternate(2, { a: side("a"), b: side("b") });
  expect(order.join("")).toBe("baabba");
  expect(answers).toEqual({ a: [3, 6], b: [4, 5] });
});

test("a run replaces its own section and leaves the others, in the order of their numbers", () => {
  const first = withSection("", "G10", "## G10 Ten\n\nold\n");
  const both = withSection(first, "G9", "## G9 Nine\n\nnew\n");
  expect(both.match(/^## .*/gmu)).toEqual(["## G9 Nine", "## G10 Ten"]);
  const again = withSection(both, "G10", "## G10 Ten\n\nnewer\n");
  expect(again).not.toContain("old");
  expect(withSection(again, "G10", "## G10 Ten\n\nnewer\n")).toBe(again);
});
