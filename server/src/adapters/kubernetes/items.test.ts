import * as fc from "fast-check";
import { expect, test } from "vitest";
import { eachItem } from "./items.ts";
import type { Json } from "./json.ts";

const read = (body: string): { items: Json[]; rest: unknown } => {
  const items: Json[] = [];
  const rest = eachItem(body, (item) => items.push(item));
  return { items, rest };
};

test("whatever a list holds comes item by item, as the whole would have been read, and the rest is kept", () => {
  const anItem = fc.dictionary(fc.string(), fc.jsonValue()).map((item) => ({ metadata: item }));
  fc.assert(
    fc.property(fc.array(anItem), fc.string(), fc.nat(2), (items, next, indent) => {
      const list = { kind: "List", metadata: { continue: next }, items };
      const body = JSON.stringify(list, null, indent).replace('"items": [', '"items":[');
      const whole = JSON.parse(body);
      expect(read(body)).toEqual({ items: whole.items, rest: { ...whole, items: [] } });
    }),
  );
});

test("an answer that breaks off, or is none, is told as such", () => {
  const body = JSON.stringify({ metadata: {}, items: [{ a: '"]}' }, { b: [1, { c: "\\" }] }] });
  expect(read(body).items).toHaveLength(2);
  for (let length = 1; length < body.length; length++) expect(read(body.slice(0, length)).rest).toBeNull();
  expect(read('{"kind":"Status"}').rest).toEqual({ kind: "Status" });
  expect(read("not JSON").rest).toBeNull();
});
