import * as fc from "fast-check";
import { expect, test } from "vitest";
import { eachItem } from "./items.ts";
import type { Json } from "./json.ts";

/** The answer as it comes: cut anywhere, also within a sign. */
const parts = async function* (body: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(body);
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
};
const read = async (body: string, size = 7): Promise<{ items: Json[]; rest: unknown }> => {
  const items: Json[] = [];
  const rest = await eachItem(parts(body, size), (item) => items.push(item));
  return { items, rest };
};

test("whatever a list holds comes item by item, as the whole would have been read, and the rest is kept", async () => {
  const anItem = fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue()).map((item) => ({ metadata: item }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(anItem),
      fc.string({ unit: "grapheme" }),
      fc.nat(2),
      fc.integer({ min: 1, max: 40 }),
      async (items, next, indent, size) => {
        const list = { kind: "List", metadata: { continue: next }, items };
        const body = JSON.stringify(list, null, indent).replace('"items": [', '"items":[');
        const whole = JSON.parse(body);
        expect(await read(body, size)).toEqual({ items: whole.items, rest: { ...whole, items: [] } });
      },
    ),
  );
});

test("who owns which fields is left out, and nothing else that looks like it", async () => {
  const fields = [{ manager: "kubelet", fieldsV1: { "f:a": { '"]}': {} } } }];
  const note = '"managedFields":[1]';
  const item = { metadata: { name: "a", managedFields: fields, annotations: { note } }, data: { managedFields: "x" } };
  const { items } = await read(JSON.stringify({ items: [item, { metadata: { note, managedFields: [] } }] }));
  expect(items).toEqual([
    { ...item, metadata: { ...item.metadata, managedFields: [] } },
    { metadata: { note, managedFields: [] } },
  ]);
});

test("an answer that breaks off, or is none, is told as such", async () => {
  const body = JSON.stringify({ metadata: {}, items: [{ a: '"]}' }, { b: [1, { c: "\\" }] }] });
  expect((await read(body)).items).toHaveLength(2);
  for (let length = 1; length < body.length; length++) expect((await read(body.slice(0, length))).rest).toBeNull();
  expect((await read('{"kind":"Status"}')).rest).toEqual({ kind: "Status" });
  expect((await read("not JSON")).rest).toBeNull();
});
