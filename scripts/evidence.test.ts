import { expect, test } from "vitest";
import { withSection } from "./evidence.mjs";

test("a stage's section is replaced or added, in the order of the stages; the others stay as they were", () => {
  const two = withSection(withSection("", "cluster", "## cluster\n\n- old\n"), "unit", "## unit\n\n- one\n");
  expect(two.indexOf("## unit")).toBeLessThan(two.indexOf("## cluster"));
  const three = withSection(two, "cluster", "## cluster\n\n- new\n");
  expect(three).toContain("## unit\n\n- one\n");
  expect(three).toContain("## cluster\n\n- new\n");
  expect(three).not.toContain("old");
  expect(three.match(/^# /gmu)).toHaveLength(1);
});
