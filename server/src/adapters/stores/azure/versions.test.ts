import { expect, test } from "vitest";
import { piecesOf } from "./documents.ts";
import { chainOf, factsOf, nameOf, noParent, tagsOf, type Version } from "./versions.ts";

const version = (id: string, parent: string, revision: number, second: number): Version => ({
  id,
  at: second * 1000,
  enabled: true,
  facts: { environment: "e", revision, parent, parts: 0, saved: 0, destroyed: false },
});

test("of versions with one parent the first counts, within a second the smaller id, in whatever order they are listed", () => {
  const all = [
    version("d", "c", 3, 12),
    version("c", "b", 2, 11),
    version("a", "b", 2, 12),
    version("z", "a", 3, 12),
    version("b", noParent, 1, 10),
    version("e", "c", 3, 12),
    { ...version("f", "d", 4, 13), facts: null },
  ];
  for (const order of [all, all.toReversed()]) expect(chainOf(order).map(({ id }) => id)).toEqual(["d", "c", "b"]);
  expect(chainOf([])).toEqual([]);
});

test("tags come back as they were; those of others are not taken for ours", () => {
  const facts = { environment: "e", revision: 7, parent: "p", parts: 3, saved: 123, destroyed: true };
  expect(factsOf(tagsOf(facts, "t".repeat(300)))).toEqual(facts);
  for (const tags of [undefined, {}, { "keyroll-revision": "1" }, { ...tagsOf(facts, ""), "keyroll-revision": "x" }])
    expect(factsOf(tags)).toBeNull();
});

test("names are Key Vault's, and tell environments apart that look alike", () => {
  const names = [
    nameOf("k", "a-b", "c"),
    nameOf("k", "a", "b-c"),
    nameOf("k-a", "b", "c"),
    nameOf("k", "a".repeat(39), "b".repeat(39)),
  ];
  for (const name of names) expect(`${name}-p-99999-40`).toMatch(/^[0-9a-z-]{1,127}$/u);
  expect(new Set(names).size).toBe(names.length);
});

test("pieces fit, and no character is cut", () => {
  const text = "aé漢\u{1F600}".repeat(50);
  for (const most of [4, 5, 7, 100]) {
    const pieces = piecesOf(text, most);
    expect(pieces.join("")).toBe(text);
    for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(most);
  }
});
