import { describe, expect, test } from "vitest";
import type { Secret } from "../client.ts";
import { noDrafts, savedKeys } from "./draft.ts";
import { addKey, removeKey, renameKey, setValue } from "./edit.ts";
import { applyImport, previewImport } from "./import.ts";
import { looksLikePairs } from "./looks-like-pairs.ts";

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
const saved = savedKeys({
  revision: 1,
  secrets: [secret("A"), secret("B"), secret("SHOWN", { visible: true, value: "info" })],
});
const yaml = (): never => {
  throw new Error("not asked for");
};
const preview = (text: string, drafts = noDrafts, known?: ReadonlyMap<string, string>) =>
  previewImport(text, { yaml, drafts, saved, ...(known === undefined ? {} : { known }) });
const statuses = (text: string, drafts = noDrafts, known?: ReadonlyMap<string, string>) =>
  Object.fromEntries(preview(text, drafts, known).rows.map(({ key, status }) => [key, status]));

describe("preview", () => {
  test("says only what is known without asking for values", () => {
    expect(statuses("A=1234\nB=12345\nN=x\nSHOWN=info\n")).toEqual({ A: "set", B: "changed", N: "new", SHOWN: "same" });
    expect(statuses("SHOWN=warn")).toEqual({ SHOWN: "changed" });
    expect(
      statuses(
        "A=1234\nB=4321",
        noDrafts,
        new Map([
          ["A", "1234"],
          ["B", "1234"],
        ]),
      ),
    ).toEqual({
      A: "same",
      B: "changed",
    });
  });

  test("compares with drafts first", () => {
    const drafts = removeKey(addKey(setValue(noDrafts, "A", "mine"), "N", "new"), "B");
    expect(statuses("A=mine\nN=other\nB=1234", drafts)).toEqual({ A: "same", N: "changed", B: "changed" });
  });

  test("errors carry their line and no text; missing keys are listed for replace", () => {
    const { errors, missing } = preview("A=1\nnothing\nB=2\n");
    expect(errors).toMatchObject([{ line: 2 }]);
    expect(JSON.stringify(errors)).not.toContain("nothing");
    expect(missing).toEqual(["SHOWN"]);
    expect(preview("A=1", renameKey(addKey(noDrafts, "N", "x"), "B", "BB")).missing).toEqual(["BB", "N", "SHOWN"]);
  });

  test("names what was changed in the whole text, and what no eye sees in a value", () => {
    const { notices, rows } = preview('\uFEFFA="x\\n"\r\nB=a\u00A0b\r\n');
    expect(notices.map(({ id }) => id)).toEqual(["bom", "crlf"]);
    expect(rows.map(({ notices }) => notices.map(({ id }) => id))).toEqual([
      ["escapes", "final-newline"],
      ["no-break-space"],
    ]);
  });

  test("reads JSON, and YAML with the parser that it is given", () => {
    expect(preview('{"N": 5}')).toMatchObject({ format: "json", rows: [{ key: "N", value: "5" }] });
    const read = previewImport("N: x", { format: "yaml", yaml: () => ({ N: "x" }), drafts: noDrafts, saved });
    expect(read.rows).toMatchObject([{ key: "N", value: "x", status: "new" }]);
  });
});

describe("becoming drafts", () => {
  test("new keys are added, known ones changed, drafts overwritten, missing ones removed", () => {
    const before = addKey(renameKey(noDrafts, "B", "BB"), "N", "old");
    const { rows, missing } = preview("A=1\nN=2\nB=3\nM=4", before);
    const after = applyImport(before, saved, rows, missing);
    expect([...after.rows.values()].map(({ id, key, value, removed }) => [id, key, value, removed])).toEqual([
      ["B", "B", "3", false],
      ["+1", "N", "2", false],
      ["A", "A", "1", false],
      ["+2", "M", "4", false],
      ["SHOWN", "SHOWN", null, true],
    ]);
  });

  test("a value for a removed key brings it back", () => {
    const after = applyImport(removeKey(noDrafts, "A"), saved, [{ key: "A", value: "x" }]);
    expect(after.rows.get("A")).toMatchObject({ removed: false, value: "x" });
  });
});

test("what looks like pairs, and what is only text", () => {
  for (const yes of ["A=1\nB=2", "# note\nexport A=1", '{"A": "1"}', "A: 1\nB: 2"])
    expect(looksLikePairs(yes), yes).toBe(true);
  for (const no of ["hello there", "-----BEGIN KEY-----\nabc=\n", "", "two words=1"])
    expect(looksLikePairs(no), no).toBe(false);
});
