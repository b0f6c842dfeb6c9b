import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { packRecord, partsOf, unpackRecord, type CommitRecord, type Pin } from "./record.ts";

const recordOf = (names: readonly string[]): CommitRecord => ({
  revision: 300,
  parent: 299,
  txn: "01jd3x5v7k9m2p4r6t8w0y1z3b",
  at: 1_764_000_000_123,
  environmentId: "01jd3x5v7k9m2p4r6t8w0y1z3c",
  pins: new Map(
    names.map((key, i): [string, Pin] => [
      key,
      {
        key,
        version: (i * 7) % 300,
        encoded: i % 9 === 0,
        binary: i % 11 === 0,
        bytes: (i * 131) % 4097,
        lines: i % 30,
        revision: 1 + ((i * 13) % 300),
        digest: randomBytes(8).toString("base64url"),
      },
    ]),
  ),
});

const realistic = Array.from(
  { length: 100 },
  (_, i) => `${["DATABASE", "STRIPE", "SMTP", "REDIS"][i % 4]}_SERVICE_${i}`,
);

test("a record of 100 usual keys fits one parameter and comes back as it was", () => {
  const record = recordOf(realistic);
  const { head, parts } = packRecord(record, "tag");
  expect(parts).toEqual([]);
  expect(head.length).toBeLessThan(3000);
  expect(head).toMatch(/^kr1\.[\w-]+$/u);
  expect(unpackRecord(head, [])).toEqual({
    ...record,
    pins: new Map([...record.pins].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  });
});

test("a larger one is split: each part fits one parameter, and the head names them", () => {
  const record = recordOf(Array.from({ length: 100 }, () => randomBytes(126).toString("hex")));
  const { head, parts } = packRecord(record, "0a1b");
  expect(parts.length).toBeGreaterThan(3);
  for (const part of parts) expect(part.length).toBeLessThanOrEqual(4096);
  expect(partsOf(head)).toEqual(parts.map((_, i) => `0a1b.${i + 1}`));
  expect(unpackRecord(head, parts).pins.size).toBe(100);
});

test("a part that is missing, changed or of another attempt does not verify", () => {
  const { head, parts } = packRecord(
    recordOf(Array.from({ length: 100 }, () => randomBytes(126).toString("hex"))),
    "t",
  );
  const [first = "", second = "", ...rest] = parts;
  const changed = `${second.startsWith("A") ? "B" : "A"}${second.slice(1)}`;
  for (const broken of [
    [first, ...rest],
    [first, "", ...rest],
    [second, first, ...rest],
    [first, changed, ...rest],
    [],
  ])
    expect(() => unpackRecord(head, broken)).toThrow(Error);
  expect(() => unpackRecord("something else", [])).toThrow(Error);
  expect(() => unpackRecord("kr2.AAAA", [])).toThrow(Error);
});

test("no keys at all is a record too", () => {
  const record = recordOf([]);
  expect(unpackRecord(packRecord(record, "t").head, [])).toEqual(record);
});
