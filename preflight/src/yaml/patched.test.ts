import * as fc from "fast-check";
import { expect, test } from "vitest";
import { patched, readPlain } from "./patched.ts";
import { readPlainYaml } from "./plain.ts";

const ordinary = `# Source: shop/templates/api.yaml
kind: Deployment
metadata:
  name: api # the shop
  labels: {app: api}
  annotations:
    rollme: "abcde"
    checksum/config: 12ab
spec:
  twice: 1
  twice: 1
  empty:
  list:
  - a: 1
    b: two
  - name: x
  - |
    key: literal
  text: |
    key: literal
  quoted: 'it''s'
`;
const patch = (text: string) => {
  const plain = readPlain(ordinary);
  if (plain === null) throw new Error("the usual text is read");
  return { plain, found: patched(plain, text) };
};

test("other scalars behind their keys are read without the rest, which is the same object", () => {
  const text = ordinary
    .replace('"abcde"', '"fghij"')
    .replace("12ab", "34cd # another")
    .replace("- name: x", "- name: y")
    .replace("a: 1", "a: true");
  const { plain, found } = patch(text);
  expect(found).toEqual(readPlainYaml(text));
  const [before, after]: any[] = [plain.value, found?.value];
  expect(after.metadata.annotations).toEqual({ rollme: "fghij", "checksum/config": "34cd" });
  expect(after.metadata.labels).toBe(before.metadata.labels);
  expect(before).toEqual(readPlainYaml(ordinary)?.value);
});

test.each([
  ["one line more", ordinary.replace("  empty:\n", "  empty:\n  more: 1\n")],
  ["another key", ordinary.replace("rollme:", "rolled:")],
  ["another source", ordinary.replace("api.yaml", "web.yaml")],
  ["a key that stands twice", ordinary.replace("twice: 1", "twice: 2")],
  ["a line of a text", ordinary.replace("    key: literal\n  quoted", "    key: other\n  quoted")],
  ["a value that was a map", ordinary.replace("{app: api}", "shop")],
  ["a value that becomes one", ordinary.replace('"abcde"', "{a: b}")],
  ["an anchor", ordinary.replace("12ab", "&a 12ab")],
  ["nothing", ordinary.replace(" 12ab", "")],
  ["a tab", ordinary.replace("12ab", "12\tab")],
])("what differs in %s is read anew", (_, text) => {
  expect(text).not.toBe(ordinary);
  expect(patch(text).found).toBeNull();
});

test("never means another thing than reading anew, whatever the change", () => {
  const bits = [
    "a",
    " ",
    ": ",
    '"',
    "'",
    "|",
    "#",
    " #",
    "{",
    "[",
    "1",
    "-",
    "true",
    "\t",
    "\\",
    "&",
    "*",
    "\n",
    "x: y",
  ];
  const edit = fc.record({ at: fc.nat(), cut: fc.nat(3), put: fc.constantFrom(...bits, "") });
  let read = 0;
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      let text = ordinary;
      for (const { at, cut, put } of edits) {
        const place = at % (text.length + 1);
        text = text.slice(0, place) + put + text.slice(place + cut);
      }
      const { found } = patch(text);
      if (found === null) return;
      read += 1;
      expect({ text, found }).toEqual({ text, found: readPlainYaml(text) });
    }),
    { numRuns: 5000 },
  );
  expect(read).toBeGreaterThan(100);
});
