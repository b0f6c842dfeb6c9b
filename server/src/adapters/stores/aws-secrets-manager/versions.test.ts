import { expect, test } from "vitest";
import { chainOf, droppedIn, factsOf, tagsOf, versionId } from "./versions.ts";

const made = (revision: number, parent: string | null, attempt: string): string =>
  versionId({ revision, isGrave: false }, parent, [attempt]);

test("an id tells revision and parent, has a length that AWS takes, and is another for each attempt", () => {
  const first = made(1, null, "a");
  const second = made(2, first, "a");
  expect(factsOf(second)).toMatchObject({ revision: 2, isGrave: false });
  expect(factsOf(versionId({ revision: 2, isGrave: true }, first, ["a"]))?.isGrave).toBe(true);
  expect(second).toMatch(/^[\w-]{32,64}$/u);
  expect(made(2, first, "b")).not.toBe(second);
  expect(factsOf("2f5a7ee4-93a5-4a3e-9d53-26e1f0b8b1a0")).toBeNull();
});

test("the chain goes from the current version back, past writers who lost, until one is missing", () => {
  const first = made(1, null, "a");
  const [second, lost] = [made(2, first, "won"), made(2, first, "lost")];
  const third = made(3, second, "a");
  const onLost = made(3, lost, "b");
  const all = [onLost, first, lost, third, second].map((id) => ({ id }));
  expect(chainOf(all, third).map(({ id }) => id)).toEqual([third, second, first]);
  expect(chainOf(all.slice(0, 4), third).map(({ id }) => id)).toEqual([third]);
  expect(chainOf(all, "somebody's")).toEqual([]);
});

test("dropped revisions are written as ranges that fit into tags, and read back", () => {
  const tags = tagsOf(new Set([3, 1, 2, 7]), new Map([["other", "x"]]));
  expect([...tags]).toEqual([["keyroll-dropped", "1-3 7"]]);
  const many = new Set(Array.from({ length: 200 }, (_, index) => 10_001 + index * 2));
  const long = tagsOf(many, new Map());
  expect(long.size).toBeGreaterThan(1);
  for (const text of long.values()) expect(text.length).toBeLessThanOrEqual(256);
  expect(droppedIn(long)).toEqual(many);
  // What a tag said before does not stay.
  expect(droppedIn(new Map([...long, ...tagsOf(new Set([5]), long)]))).toEqual(new Set([5]));
});
