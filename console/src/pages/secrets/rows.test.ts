import { expect, test } from "vitest";
import type { Secret } from "../../client.ts";
import { noDrafts } from "../../drafts/draft.ts";
import { addKey, removeKey, renameKey, setValue } from "../../drafts/edit.ts";
import { rebase } from "../../drafts/rebase.ts";
import { countsOf, filterRows, isDue, isFilter, readersOf, rowsOf, standingOf } from "./rows.ts";

const secret = (key: string, more: Partial<Secret> = {}): Secret => ({
  key,
  bytes: 4,
  lines: 1,
  binary: false,
  value: null,
  revision: 1,
  changedAt: 0,
  changedBy: "eve",
  note: null,
  url: null,
  rotateBy: null,
  visible: false,
  retiresOld: false,
  state: "running",
  ...more,
});

const now = Date.parse("2026-11-24T12:00:00Z");
const finding = (rule: string, key: string, name: string) => ({
  rule,
  severity: "error" as const,
  object: { kind: "Deployment", namespace: null, name },
  container: null,
  key,
  source: null,
  message: "",
  fix: "",
});
const preflight = {
  goal: { release: null, values: null, revision: 1 },
  restarts: [],
  consumers: [
    { kind: "Deployment", name: "api", keys: "all" as const },
    { kind: "Deployment", name: "worker", keys: ["A"] },
  ],
  fixed: [],
  findings: [
    finding("missing-key", "NEEDED", "worker"),
    finding("missing-key", "NEEDED", "cron"),
    finding("image-pull", "X", "x"),
  ],
};
const narrow = { ...preflight, consumers: [{ kind: "Deployment", name: "worker", keys: ["A"] }] };
const secrets = [
  secret("A"),
  secret("B", { state: "saved", rotateBy: "2026-11-30" }),
  secret("OLD", { state: "removed" }),
];
const rows = (drafts = noDrafts, chart: typeof preflight | typeof narrow | undefined = preflight) =>
  rowsOf({ secrets, drafts, preflight: chart, now });
const list = (given: ReturnType<typeof rows>) => given.map(({ id, kind, usedBy }) => [id, kind, usedBy]);

test("keys by name, with who reads them, what the chart needs and what is only in the cluster", () => {
  expect(list(rows())).toEqual([
    ["A", "saved", "worker, api (all keys)"],
    ["B", "saved", "api (all keys)"],
    ["needed:NEEDED", "needed", "worker, cron"],
    ["gone:OLD", "gone", "api (all keys)"],
  ]);
});

test("new drafts stand first, the newest on top; a needed key that is drafted is needed no more", () => {
  const drafts = addKey(addKey(noDrafts, "NEEDED", "1"), "Z", "1");
  expect(list(rows(drafts)).slice(0, 3)).toEqual([
    ["+2", "new", "api (all keys)"],
    ["+1", "new", "api (all keys)"],
    ["A", "saved", "worker, api (all keys)"],
  ]);
  expect(rows(drafts).some(({ kind }) => kind === "needed")).toBe(false);
});

test("chips count what they show", () => {
  expect(countsOf(rows(noDrafts, narrow))).toEqual({ all: 4, "not-live": 2, unused: 1, needed: 1, due: 1 });
  // Without a chart nobody can say what is unused.
  expect(countsOf(rows(noDrafts, undefined)).unused).toBe(0);
  expect(filterRows(rows(), "all", " o ").map(({ key }) => key)).toEqual(["OLD"]);
  expect(filterRows(rows(renameKey(noDrafts, "A", "RENAMED")), "all", "renam").map(({ key }) => key)).toEqual(["A"]);
  expect(filterRows(rows(), "needed", "").map(({ key }) => key)).toEqual(["NEEDED"]);
  expect([isFilter("due"), isFilter("all"), isFilter("x"), isFilter(null)]).toEqual([true, true, false, false]);
});

test("a key is due from a week before its date", () => {
  expect(isDue("2026-12-01", now)).toBe(true);
  expect(isDue("2026-12-02", now)).toBe(false);
  expect(isDue("2020-01-01", now)).toBe(true);
  expect(isDue(null, now)).toBe(false);
});

test("each row says how it stands", () => {
  const words = (drafts = noDrafts) => Object.fromEntries(rows(drafts).map((row) => [row.key, standingOf(row).text]));
  expect(words()).toEqual({
    A: "running",
    B: "saved, not live",
    NEEDED: "needed by the chart",
    OLD: "removed, still in the cluster",
  });
  expect(words(setValue(noDrafts, "A", "x"))["A"]).toBe("draft: changed");
  expect(words(renameKey(noDrafts, "A", "x"))["A"]).toBe("draft: renamed");
  expect(words(removeKey(noDrafts, "A"))["A"]).toBe("draft: removed");
  expect(words(addKey(noDrafts, "N", "x"))["N"]).toBe("draft");
});

test("what is drafted of a key that others removed keeps a row, whether the cluster still has the key or not", () => {
  const typed = setValue(setValue(noDrafts, "OLD", "x"), "LOST", "x");
  const base = { revision: 2, byKey: new Map() };
  const drafts = rebase({ ...typed, base: 1 }, base);
  const gone = rows(drafts).filter(({ draft }) => draft !== null);
  expect(gone.map((row) => [row.id, row.kind, standingOf(row).text])).toEqual([
    ["gone:LOST", "gone", "removed by somebody else"],
    ["gone:OLD", "gone", "removed by somebody else"],
  ]);
});

test("workloads that a change restarts", () => {
  expect(readersOf(preflight, new Set(["A"]))).toEqual(["api", "worker"]);
  expect(readersOf(narrow, new Set(["B"]))).toEqual([]);
  expect(readersOf(undefined, new Set(["A"]))).toEqual([]);
});
