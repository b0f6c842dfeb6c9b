import * as fc from "fast-check";
import { expect, test } from "vitest";
import { diffKeys, merge } from "./merge.ts";

test("the keys that differ, and how", () => {
  const before = new Map([
    ["A", 1],
    ["B", 1],
    ["C", 1],
  ]);
  const after = new Map([
    ["A", 1],
    ["B", 2],
    ["D", 1],
  ]);
  expect(diffKeys(before, after)).toEqual([
    { key: "A", status: "same" },
    { key: "B", status: "changed" },
    { key: "C", status: "removed" },
    { key: "D", status: "added" },
  ]);
  expect(diffKeys(before, before).every(({ status }) => status === "same")).toBe(true);
});

const keys = fc.uniqueArray(fc.constantFrom("A", "B", "C", "D", "E", "F")).map((list) => new Set(list));

test("edits overlap in exactly the keys that both touched, whoever is asked first", () => {
  fc.assert(
    fc.property(keys, keys, (mine, theirs) => {
      const both = [...mine].filter((key) => theirs.has(key)).toSorted();
      expect([...merge(mine, theirs).overlap].toSorted()).toEqual(both);
      expect([...merge(theirs, mine).overlap].toSorted()).toEqual(both);
    }),
  );
});
