import * as fc from "fast-check";
import { parseAllDocuments } from "yaml";
import { expect, test } from "vitest";
import { readPlainYaml } from "./plain.ts";

const full = (text: string): { readonly value: unknown } | "mistake" => {
  const documents = parseAllDocuments(text, { version: "1.2", uniqueKeys: false });
  if (!Array.isArray(documents) || documents.length > 1) return "mistake";
  const [document] = documents;
  if (document === undefined) return { value: null };
  return document.errors.length > 0 ? "mistake" : { value: document.toJS() };
};

const ordinary = `# Source: shop/templates/api.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api # the shop
  labels: {app: api, "tier": 'web', n: 1}
  annotations: {}
spec:
  replicas: 2
  ratio: 0.50
  empty:
  text: ""
  nothing: ~
  on: true
  list:
  - a: 1
    b: [1, "two", three, {x: y}, []]
  - - nested
    - -1
  -
    c: it's
    d: 'it''s'
  - |
    one

      two
  - plain text: no
  template:
    spec:
      containers:
        - name: main
          image: "registry.example.com/shop/api:1.2.3"
          args:
            - --listen
            - :8080
          script: |-
            set -e
            # not a comment
            echo "$(date)"

        - name: other
`;

test("reads what charts render as a full parser does", () => {
  const text = ordinary.replace("            - :8080\n", "").replace("  - plain text: no\n", "  - plain text\n");
  expect(readPlainYaml(text)).toEqual(full(text));
  expect(readPlainYaml(text)).not.toBeNull();
});

test.each([
  "a: &x 1\nb: *x",
  "a: !!binary aGk=",
  "a: >\n  x",
  "a: one\n  two",
  "? a\n: b",
  "a: \\x",
  "%YAML 1.1",
  "a: 0x10",
  "<<: {}",
  "__proto__: 1",
  "a:\tb",
])("leaves %j to a full parser, or reads the same", (text) => {
  const plain = readPlainYaml(text);
  expect(plain ?? full(text)).toEqual(full(text));
});

test("never means another thing than a full parser, whatever the text", () => {
  const lines = ordinary.split("\n");
  const bits = [
    "a",
    "- ",
    ": ",
    "\n",
    "  ",
    '"',
    "'",
    "|",
    "#",
    " #",
    "{",
    "}",
    "[",
    "]",
    ",",
    "1",
    ".",
    "-",
    "true",
    "null",
    "\t",
    "\\",
    "&a",
    "*a",
    "!",
    ">",
    "x: y",
    "- z",
  ];
  const edit = fc.record({ at: fc.nat(), cut: fc.nat(3), put: fc.constantFrom(...bits) });
  let read = 0;
  fc.assert(
    fc.property(
      fc.nat(lines.length),
      fc.nat(12),
      fc.array(edit, { minLength: 1, maxLength: 4 }),
      (start, length, edits) => {
        let text = lines.slice(start, start + length).join("\n");
        for (const { at, cut, put } of edits) {
          const place = text.length === 0 ? 0 : at % (text.length + 1);
          text = text.slice(0, place) + put + text.slice(place + cut);
        }
        const plain = readPlainYaml(text);
        if (plain === null) return;
        read += 1;
        expect({ text, ...plain }).toEqual({ text, ...(full(text) as object) });
      },
    ),
    { numRuns: 3000 },
  );
  expect(read).toBeGreaterThan(100);
});
