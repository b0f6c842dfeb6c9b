import { expect, test } from "vitest";
import { changeSetOf } from "./changes.ts";
import { noDrafts, type Drafts } from "./draft.ts";
import { addKey, describe, removeKey, renameKey, setValue } from "./edit.ts";
import { leftOf } from "./settle.ts";

const sent: Drafts = removeKey(
  renameKey(setValue(addKey({ ...noDrafts, base: 4 }, "NEW", "1"), "A", "1"), "OLD", "NAME"),
  "GONE",
);

test("nothing is left of what was sent and is as it was", () => {
  expect(leftOf(sent, sent, 5)).toMatchObject({ base: 5, rows: new Map() });
});

test("what was edited meanwhile is a change of what is saved now", () => {
  let now = setValue(sent, "A", "2");
  now = setValue(now, "+1", "2");
  now = setValue(now, "OLD", "2");
  now = setValue(now, "GONE", "2");
  now = describe(addKey(now, "LATER", "1"), "B", { note: "n" }, undefined);
  const left = leftOf(now, sent, 5);
  expect(left.base).toBe(5);
  expect(changeSetOf(left)).toEqual({
    set: new Map(Object.entries({ A: "2", NEW: "2", NAME: "2", GONE: "2", LATER: "1" })),
    remove: new Set(),
    rename: new Map(),
    retiresOld: new Set(),
  });
  expect([...left.rows.values()].map(({ key, from }) => [key, from]).toSorted()).toEqual([
    ["A", "A"],
    ["B", "B"],
    ["GONE", null],
    ["LATER", null],
    ["NAME", "NAME"],
    ["NEW", "NEW"],
  ]);
  // Rows keep names of their own.
  expect(left.rows.size).toBe(6);
  expect(addKey(left, "MORE", "1").rows.size).toBe(7);
});
