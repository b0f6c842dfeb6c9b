import { expect, test } from "vitest";
import { secretLooking } from "./index.ts";

test("lines that look like credentials are named by number and kind, and never repeated", () => {
  const key = ["AK", "IA", "ABCDEFGHIJKLMNOP"].join("");
  const text = `replicas: 2\nkey: ${key}\nurl: postgres://app:hunter2@db/shop\nplain: postgres://db/shop\n`;
  const found = secretLooking(text);
  expect(found.map(({ line }) => line)).toEqual([2, 3]);
  expect(found[0]?.message).toContain("an AWS access key id");
  expect(JSON.stringify(found)).not.toMatch(/hunter2|ABCDEFGH/u);
});
