import { describe as group, expect, test } from "vitest";
import type { Secret } from "../client.ts";
import { bodyOf, changeSetOf, changesOf, sentenceOf } from "./changes.ts";
import { checkDrafts, checkLink, isMetaOnly, meterOf, unconfirmed } from "./check.ts";
import { noDrafts, savedKeys, type Drafts, type SavedKeys } from "./draft.ts";
import { addKey, confirm, describe, discardRow, keepValue, removeKey, renameKey, retire, setValue } from "./edit.ts";
import { discardAll, emptyHistory, everywhere, redo, step, undo } from "./history.ts";
import { decide, markOverlaps, overlaps, rebase, sinceBegun, whyNotMine } from "./rebase.ts";

const secret = (key: string, revision = 1, more: Partial<Secret> = {}): Secret => ({
  key,
  bytes: 4,
  lines: 1,
  binary: false,
  value: null,
  revision,
  changedAt: 1_700_000_000_000,
  changedBy: "eve",
  note: null,
  url: null,
  rotateBy: null,
  visible: false,
  retiresOld: false,
  state: "running",
  ...more,
});
const list = (revision: number, ...secrets: Secret[]): SavedKeys => savedKeys({ revision, secrets });
const store = { label: "SSM", valueBytes: 4096 };
const saved = list(3, secret("A"), secret("B", 2), secret("C", 3));
const begin: Drafts = { ...noDrafts, base: 3 };
const rulesOf = (drafts: Drafts, keys = saved): string[] => {
  const verdict = checkDrafts(drafts, keys, store);
  return [...[...verdict.problems.values()].flat(), ...verdict.general].map(({ rule }) => rule);
};

group("edits", () => {
  test("an edit that changes nothing leaves no draft", () => {
    const renamed = renameKey(begin, "A", "AA");
    expect(renamed.rows.size).toBe(1);
    expect(renameKey(renamed, "A", "A").rows.size).toBe(0);
    expect(keepValue(setValue(begin, "A", "x"), "A").rows.size).toBe(0);
    expect(describe(begin, "A", { note: null }, saved.byKey.get("A")).rows.size).toBe(0);
  });

  test("a removal gives up what was typed, a new row that is removed is gone", () => {
    const drafts = removeKey(renameKey(setValue(begin, "A", "x"), "A", "AA"), "A");
    expect(drafts.rows.get("A")).toMatchObject({ removed: true, value: null, key: "A" });
    expect(setValue(drafts, "A", "y").rows.get("A")).toMatchObject({ removed: false, value: "y" });
    expect(removeKey(addKey(begin, "N", "1"), "+1").rows.size).toBe(0);
  });

  test("the old value can only be retired where a value is written or removed", () => {
    expect(retire(begin, "A", true).rows.size).toBe(0);
    const drafts = retire(setValue(begin, "A", "x"), "A", true);
    expect(bodyOf(drafts, saved, "").retiresOld).toEqual(["A"]);
    expect(bodyOf(retire(renameKey(drafts, "A", "Z"), "A", true), saved, "").retiresOld).toEqual(["A"]);
    expect(keepValue(drafts, "A").rows.size).toBe(0);
  });
});

group("the body of a save", () => {
  test("holds each kind of change as the API takes it", () => {
    let drafts = addKey(begin, "N", "new", { note: "why" });
    drafts = setValue(drafts, "A", Uint8Array.of(0, 255));
    drafts = renameKey(drafts, "B", "BB");
    drafts = removeKey(drafts, "C");
    expect(bodyOf(drafts, saved, "  because ")).toEqual({
      set: { N: "new", A: { base64: "AP8=" } },
      remove: ["C"],
      rename: { B: "BB" },
      meta: { N: { note: "why" } },
      retiresOld: [],
      confirmRisky: [],
      message: "because",
    });
  });

  test("a rename with a new value is a removal and a new key, and takes along what was said of it", () => {
    const keys = list(3, secret("A", 1, { note: "n", visible: true, rotateBy: "2030-01-01" }));
    const drafts = setValue(renameKey(begin, "A", "Z"), "A", "v");
    expect(bodyOf(drafts, keys, "")).toMatchObject({
      set: { Z: "v" },
      remove: ["A"],
      rename: {},
      meta: { Z: { note: "n", visible: true, rotateBy: "2030-01-01" } },
    });
    expect(rulesOf(drafts, keys)).toEqual([]);
  });

  test("a new key under a name that is given up is simply set", () => {
    const drafts = addKey(removeKey(begin, "A"), "A", "x");
    expect(changeSetOf(drafts)).toMatchObject({ set: new Map([["A", "x"]]), remove: new Set() });
    expect(rulesOf(drafts)).toEqual([]);
  });
});

group("checks", () => {
  test("the rules of pairs, by row", () => {
    expect(rulesOf(addKey(begin, "no way", "x"))).toEqual(["key-characters"]);
    expect(rulesOf(addKey(begin, "", "x"))).toEqual(["key-empty"]);
    expect(rulesOf(addKey(begin, "N", null))).toEqual(["value-missing"]);
    expect(rulesOf(addKey(begin, "A", "x"))).toEqual(["key-exists"]);
    expect(rulesOf(addKey(addKey(begin, "N", "x"), "N", "y"))).toEqual(["key-exists"]);
    expect(rulesOf(renameKey(begin, "A", "B"))).toEqual(["key-exists"]);
    expect(rulesOf(renameKey(renameKey(begin, "A", "B"), "B", "A"))).toEqual([]);
    expect(rulesOf(setValue(begin, "A", "x".repeat(4097)))).toEqual(["value-size"]);
  });

  test("100 pairs and 1 MiB are counted over saved and drafted", () => {
    const full = list(1, ...Array.from({ length: 100 }, (_, i) => secret(`K${i}`)));
    expect(rulesOf(addKey(begin, "N", "x"), full)).toEqual(["pairs"]);
    expect(rulesOf(addKey(removeKey(begin, "K1"), "N", "x"), full)).toEqual([]);
    const big = list(1, secret("BIG", 1, { bytes: 1_048_000 }));
    expect(rulesOf(addKey(begin, "N", "x".repeat(600)), big)).toEqual(["total-size"]);
    expect(checkDrafts(begin, full, store)).toMatchObject({ pairs: 100, canSave: false });
  });

  test("a risky name can be saved once it is confirmed, and blocks nothing else", () => {
    const drafts = addKey(begin, "PATH", "x");
    const verdict = checkDrafts(drafts, saved, store);
    expect(unconfirmed(verdict).map(({ key }) => key)).toEqual(["PATH"]);
    expect(verdict.canSave).toBe(true);
    expect(rulesOf(confirm(drafts, "PATH", true))).toEqual([]);
    expect(bodyOf(confirm(drafts, "PATH", true), saved, "").confirmRisky).toEqual(["PATH"]);
    expect(rulesOf(confirm(confirm(drafts, "PATH", true), "PATH", false))).toEqual(["risky-key"]);
  });

  test("no message holds a value", () => {
    const canary = `canary${"x".repeat(5000)}`;
    const drafts = addKey(setValue(begin, "A", canary), "N", `${canary}\0`);
    expect(JSON.stringify([...checkDrafts(drafts, saved, store).problems])).not.toContain("canary");
  });

  test("links and meters", () => {
    expect(checkLink("https://example.com/x")).toBeNull();
    expect(checkLink("")).toBeNull();
    for (const bad of ["javascript:alert(1)", "data:text/html,x", "example.com", `https://e.com/${"x".repeat(2000)}`])
      expect(checkLink(bad), bad.slice(0, 20)).not.toBeNull();
    expect(meterOf(50, 100).tone).toBe("");
    expect(meterOf(75, 100).tone).toBe("warn");
    expect(meterOf(101, 100)).toEqual({ share: 1, tone: "bad" });
  });
});

group("review", () => {
  test("reads in order, with sizes and without values", () => {
    let drafts = setValue(begin, "A", "l1\nl2\n");
    drafts = describe(removeKey(renameKey(addKey(drafts, "N", "x"), "B", "BB"), "C"), "+1", { note: "n" }, undefined);
    const changes = changesOf(drafts, saved);
    expect(changes.map(({ key, kind, from }) => [key, kind, from])).toEqual([
      ["A", "changed", "A"],
      ["BB", "renamed", "B"],
      ["C", "removed", "C"],
      ["N", "added", null],
    ]);
    expect(changes[0]).toMatchObject({ before: { bytes: 4 }, after: { bytes: 6, lines: 2 } });
    expect(JSON.stringify(changes)).not.toContain("l1");
    expect(sentenceOf(changes)).toBe("1 draft added · 1 changed · 1 renamed · 1 removed");
    expect(sentenceOf([])).toBe("");
    expect(sentenceOf([{ kind: "changed" }, { kind: "changed" }])).toBe("2 drafts changed");
  });

  test("notes alone make no revision", () => {
    const drafts = describe(begin, "A", { note: "n", visible: false }, saved.byKey.get("A"));
    expect(isMetaOnly(drafts)).toBe(true);
    expect(bodyOf(drafts, saved, "")).toMatchObject({ set: {}, remove: [], rename: {}, meta: { A: { note: "n" } } });
    expect(checkDrafts(drafts, saved, store).canSave).toBe(true);
    expect(isMetaOnly(setValue(drafts, "B", "x"))).toBe(false);
  });
});

group("undo", () => {
  test("goes back and forth, one change at a time; an edit ends the way forth", () => {
    let history = step({ ...emptyHistory, now: begin }, "add N", addKey(begin, "N", "1"));
    history = step(history, "change A", setValue(history.now, "A", "x"));
    expect(undo(history).now.rows.size).toBe(1);
    expect(undo(undo(history)).now).toBe(begin);
    expect(undo(undo(undo(history))).now).toBe(begin);
    expect(redo(undo(history)).now).toBe(history.now);
    expect(redo(history)).toBe(history);
    const other = step(undo(history), "remove B", removeKey(undo(history).now, "B"));
    expect(other.ahead).toEqual([]);
    expect(undo(discardAll(history)).now).toBe(history.now);
    expect(step(history, "nothing", history.now)).toBe(history);
    expect(discardRow(history.now, "A").rows.size).toBe(1);
  });

  test("does not lead back to an old base", () => {
    const history = step({ ...emptyHistory, now: begin }, "change A", setValue(begin, "A", "x"));
    const newer = everywhere(history, (one) => rebase(one, list(4, secret("A"), secret("B", 4), secret("C", 3))));
    expect(newer.now.base).toBe(4);
    expect(undo(newer).now.base).toBe(4);
  });
});

group("somebody else saves", () => {
  const mine = setValue(begin, "A", "mine");

  test("other keys go along silently", () => {
    const drafts = rebase(mine, list(4, secret("A"), secret("B", 4), secret("C", 3), secret("D", 4)));
    expect(drafts.base).toBe(4);
    expect(overlaps(drafts)).toEqual([]);
    expect(drafts.rows.get("A")?.value).toBe("mine");
    expect(rebase(mine, saved)).toBe(mine);
  });

  test("the same key blocks the save until it is decided; the mark survives further saves", () => {
    const theirs = list(4, secret("A", 4), secret("B", 2), secret("C", 3));
    let drafts = rebase(mine, theirs);
    expect(overlaps(drafts)[0]?.overlap).toEqual({ kind: "changed", revision: 4, by: "eve", at: 1_700_000_000_000 });
    expect(checkDrafts(drafts, theirs, store).canSave).toBe(false);
    drafts = rebase(drafts, list(5, secret("A", 4), secret("B", 5), secret("C", 3)));
    expect(overlaps(drafts)).toHaveLength(1);
    const kept = decide(drafts, "A", "mine", theirs);
    expect(kept.rows.get("A")).toMatchObject({ value: "mine", overlap: null });
    expect(checkDrafts(kept, theirs, store).canSave).toBe(true);
    expect(decide(drafts, "A", "theirs", theirs).rows.size).toBe(0);
  });

  test("a key that both added becomes a change of theirs", () => {
    const theirs = list(4, ...saved.byKey.values(), secret("N", 4));
    const drafts = rebase(addKey(begin, "N", "mine"), theirs);
    expect(overlaps(drafts)[0]?.overlap?.kind).toBe("added");
    const kept = decide(drafts, "+1", "mine", theirs);
    expect(kept.rows.get("N")).toMatchObject({ from: "N", value: "mine" });
    expect(rulesOf(kept, theirs)).toEqual([]);
  });

  test("a key that they removed becomes new again, or cannot be kept when only its name was changed", () => {
    const theirs = list(4, secret("B", 2), secret("C", 3));
    const kept = decide(rebase(mine, theirs), "A", "mine", theirs);
    expect([...kept.rows.values()]).toMatchObject([{ id: "+1", from: null, key: "A", value: "mine" }]);
    const renamed = rebase(renameKey(begin, "A", "AA"), theirs);
    expect(overlaps(renamed).map((draft) => whyNotMine(draft, theirs))).toEqual([
      expect.stringContaining("only its name was changed here"),
    ]);
    expect(decide(renamed, "A", "mine", theirs)).toBe(renamed);
    expect(rebase(removeKey(begin, "A"), theirs).rows.size).toBe(0);
  });

  test("a name that they took blocks a rename to it", () => {
    const theirs = list(4, ...saved.byKey.values(), secret("Z", 4));
    const drafts = rebase(setValue(renameKey(begin, "A", "Z"), "A", "mine"), theirs);
    expect(overlaps(drafts)[0]?.overlap?.kind).toBe("added");
    expect(overlaps(drafts).map((draft) => whyNotMine(draft, theirs))).toEqual([
      expect.stringContaining("yours stays A"),
    ]);
    expect(decide(drafts, "A", "mine", theirs)).toBe(drafts);
    // The name is theirs, and the value is still mine.
    const taken = decide(drafts, "A", "theirs", theirs);
    expect(taken.rows.get("A")).toMatchObject({ from: "A", key: "A", value: "mine", overlap: null });
    expect(checkDrafts(taken, theirs, store).canSave).toBe(true);
    expect(decide(rebase(renameKey(begin, "A", "Z"), theirs), "A", "theirs", theirs).rows.size).toBe(0);
    // Or it gets another name.
    expect(overlaps(renameKey(drafts, "A", "Y"))).toEqual([]);
  });

  test("notes overlap with nothing", () => {
    const drafts = rebase(describe(begin, "A", { note: "n" }, undefined), list(4, secret("A", 4)));
    expect(overlaps(drafts)).toEqual([]);
    expect(drafts.rows.size).toBe(1);
  });

  test("what only describes a key that they removed is told, and goes along once it has a value", () => {
    const theirs = list(4, secret("B", 2), secret("C", 3));
    const described = describe(begin, "A", { note: "rotated by hand" }, undefined);
    const drafts = rebase(described, theirs);
    expect(overlaps(drafts)).toMatchObject([{ meta: { note: "rotated by hand" }, overlap: { kind: "removed" } }]);
    expect(checkDrafts(drafts, theirs, store).canSave).toBe(false);
    expect(overlaps(drafts).map((draft) => whyNotMine(draft, theirs))).toEqual([
      expect.stringContaining("only what is said of it was changed here"),
    ]);
    expect(decide(drafts, "A", "mine", theirs)).toBe(drafts);
    expect(decide(drafts, "A", "theirs", theirs).rows.size).toBe(0);
    const kept = decide(setValue(drafts, "A", "mine"), "A", "mine", theirs);
    expect(bodyOf(kept, theirs, "")).toMatchObject({ set: { A: "mine" }, meta: { A: { note: "rotated by hand" } } });
    // They put the key back: there is something to describe again.
    const back = list(5, secret("A", 5), secret("B", 2), secret("C", 3));
    expect(decide(rebase(drafts, back), "A", "mine", back).rows.get("A")).toMatchObject({ from: "A", overlap: null });
  });

  test("what comes back after its key was removed is told too, and a removal that they made has reached its aim", () => {
    const theirs = list(4, secret("B", 2), secret("C", 3));
    const none = rebase(begin, theirs);
    const back = (was: Drafts): Drafts => sinceBegun(none, { ...none, rows: was.rows }, 3, theirs);
    expect(overlaps(back(describe(begin, "A", { note: "n" }, undefined)))).toHaveLength(1);
    expect(back(removeKey(begin, "A")).rows.size).toBe(0);
    expect(overlaps(back(describe(begin, "B", { note: "n" }, undefined)))).toEqual([]);
  });

  test("what the server's refusal names is marked, although the list does not show it", () => {
    const drafts = markOverlaps(addKey(begin, "GONE", "x"), ["GONE", "OTHER"]);
    expect(overlaps(drafts).map(({ key }) => key)).toEqual(["GONE"]);
    expect(decide(drafts, "+1", "mine", saved).rows.size).toBe(1);
  });
});
