import { expect, test } from "vitest";
import { checkChangeSet, touchedKeys, type ChangeSet } from "./change-set.ts";
import { limits } from "./limits.ts";

const store = { label: "the store", valueBytes: 4096 };
const change = (
  given: Partial<Record<"set" | "rename", object>> & { remove?: string[]; retiresOld?: string[] },
): ChangeSet => ({
  set: new Map(Object.entries(given.set ?? {})),
  remove: new Set(given.remove),
  rename: new Map(Object.entries(given.rename ?? {})),
  retiresOld: new Set(given.retiresOld),
});
const saved = (keys: readonly string[], bytes = 1) => new Map(keys.map((key) => [key, { bytes }]));
const rulesOf = (current: ReadonlyMap<string, { bytes: number }>, given: ChangeSet, limit = store) =>
  checkChangeSet(current, given, limit).problems.map(({ rule }) => rule);
const many = (count: number, bytes = 1) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`K${i}`, "x".repeat(bytes)]));

test("each limit, at it and one above", () => {
  expect(rulesOf(new Map(), change({ set: many(limits.pairs) }))).toEqual([]);
  expect(rulesOf(new Map(), change({ set: many(limits.pairs + 1) }))).toEqual(["pairs"]);
  expect(rulesOf(new Map(), change({ set: { A: "x".repeat(4096) } }))).toEqual([]);
  expect(rulesOf(new Map(), change({ set: { A: "x".repeat(4097) } }))).toEqual(["value-size"]);
  expect(rulesOf(new Map(), change({ set: { ["A".repeat(253)]: "x" } }))).toEqual([]);
  expect(rulesOf(new Map(), change({ set: { ["A".repeat(254)]: "x" } }))).toEqual(["key-length"]);
  const wide = { label: "wide", valueBytes: null as never };
  const most = limits.totalBytes - 1;
  expect(rulesOf(new Map(), change({ set: { A: "x".repeat(most) } }), wide)).toEqual([]);
  expect(rulesOf(new Map(), change({ set: { A: "x".repeat(most + 1) } }), wide)).toEqual(["total-size"]);
});

test("a limit's problem names key, rule and both figures, and no value", () => {
  const { problems } = checkChangeSet(new Map(), change({ set: { PASSWORD: "hunter2".repeat(1000) } }), store);
  expect(problems).toEqual([
    {
      rule: "value-size",
      key: "PASSWORD",
      message: "`PASSWORD` has 7000 bytes; the store takes 4096.",
      limit: 4096,
      actual: 7000,
    },
  ]);
});

test("sizes are bytes, not letters", () => {
  expect(rulesOf(new Map(), change({ set: { A: "ä".repeat(2048) } }))).toEqual([]);
  expect(rulesOf(new Map(), change({ set: { A: "ä".repeat(2049) } }))).toEqual(["value-size"]);
});

test("whoever has too many pairs may still remove and change", () => {
  const over = saved(Array.from({ length: 105 }, (_, i) => `K${i}`));
  expect(rulesOf(over, change({ set: { K0: "new" } }))).toEqual([]);
  expect(rulesOf(over, change({ remove: ["K0"] }))).toEqual([]);
  expect(rulesOf(over, change({ set: { NEW: "x" } }))).toEqual(["pairs"]);
});

test("every contradiction of a change set is named", () => {
  const current = saved(["A", "B", "C"]);
  const cases: readonly (readonly [Parameters<typeof change>[0], string[]])[] = [
    [{}, ["empty-change"]],
    [{ set: { A: "1" }, remove: ["A"] }, ["set-and-removed"]],
    [{ remove: ["X"] }, ["remove-missing"]],
    [{ rename: { A: "X" }, remove: ["A"] }, ["renamed-and-removed"]],
    [{ rename: { X: "Y" } }, ["rename-missing"]],
    [{ rename: { A: "A" } }, ["rename-same"]],
    [{ rename: { A: "X" }, set: { A: "1" } }, ["set-and-renamed"]],
    [{ rename: { A: "X" }, set: { X: "1" } }, ["rename-onto-set"]],
    [{ rename: { A: "X", B: "X" } }, ["rename-twice"]],
    [{ rename: { A: "B" } }, ["rename-onto-existing"]],
    [{ rename: { A: "B", B: "A" } }, []],
    [{ rename: { A: "B" }, remove: ["B"] }, []],
    [{ set: { A: "1" }, retiresOld: ["B"] }, ["retires-nothing"]],
    [{ set: { A: "1" }, remove: ["B"], retiresOld: ["A", "B"] }, []],
    [{ set: { A: "\uD800" } }, ["value-not-text"]],
    [{ set: { "A B": "1" } }, ["key-characters"]],
    [{ set: { "": "1" } }, ["key-empty"]],
    [{ set: { "..data": "1" } }, ["key-dots"]],
  ];
  for (const [given, rules] of cases) expect(rulesOf(current, change(given)), JSON.stringify(given)).toEqual(rules);
});

test("all mistakes come at once", () => {
  expect(
    rulesOf(saved(["A"]), change({ set: { "A B": "1", PATH: "x", BIG: "x".repeat(5000) }, remove: ["X"] })),
  ).toEqual(["remove-missing", "key-characters", "risky-key", "value-size"]);
});

test("risky names are asked about once, when they are new", () => {
  expect(rulesOf(new Map(), change({ set: { LD_PRELOAD: "x" } }))).toEqual(["risky-key"]);
  expect(rulesOf(new Map(), change({ set: { https_proxy: "x" } }))).toEqual(["risky-key"]);
  expect(rulesOf(saved(["PATH"]), change({ set: { PATH: "x" } }))).toEqual([]);
  const given = change({ set: { PATH: "x" } });
  expect(checkChangeSet(new Map(), given, store, { confirmedRisky: new Set(["PATH"]) }).problems).toEqual([]);
});

test("the result is what will be saved", () => {
  const given = change({ set: { N: "12" }, remove: ["A"], rename: { B: "C" } });
  expect([...checkChangeSet(saved(["A", "B"], 7), given, store).result]).toEqual([
    ["C", { bytes: 7 }],
    ["N", { bytes: 2 }],
  ]);
  expect(touchedKeys(given)).toEqual(new Set(["N", "A", "B", "C"]));
});

test("values that containers cannot read from their environment are warned about", () => {
  const wide = { label: "wide", valueBytes: null as never };
  const given = change({
    set: { NUL: "a\0b", BAD: new Uint8Array([255]), LONG: "x".repeat(limits.envEntryBytes), "a-b": "1" },
  });
  expect(checkChangeSet(new Map(), given, wide).warnings.map(({ id, key }) => `${key} ${id}`)).toEqual([
    "NUL nul",
    "BAD not-utf8",
    "LONG env-size",
    "a-b not-a-shell-name",
  ]);
});
