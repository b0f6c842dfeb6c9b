import * as fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { parseDocument } from "yaml";
import { parseJson, printJson } from "./json.ts";
import { checkKey, isShellName, riskOf } from "./keys.ts";
import { nearest } from "./nearest.ts";
import { readPairs } from "./read-pairs.ts";
import { sameValue, valueFacts, type Value } from "./values.ts";

const yaml = (text: string): unknown => {
  const document = parseDocument(text, { schema: "failsafe" });
  if (document.errors.length > 0) throw new Error("no YAML");
  return document.toJS();
};

test("keys are exactly what Kubernetes takes as data keys", () => {
  for (const key of ["A", "a.b", "-", "_", "1", "tls.crt", ".dockerconfigjson", "A".repeat(253)])
    expect(checkKey(key), key).toBeNull();
  for (const key of ["", ".", "..", "..a", "a b", "a/b", "ä", "a\n", "A".repeat(254)])
    expect(checkKey(key), key).not.toBeNull();
  expect(isShellName("A_1") && !isShellName("1A") && !isShellName("a-b")).toBe(true);
});

test("a control character in a key is shown by its number", () => {
  expect(checkKey("A\u001B[2J")?.message).not.toContain("\u001B");
  expect(checkKey("A\u001B")?.message).toContain("U+001B");
});

test("names that change what runs are risky, others not", () => {
  for (const key of ["PATH", "LD_PRELOAD", "NODE_OPTIONS", "http_proxy", "BASH_FUNC_x", "KUBERNETES_SERVICE_HOST"])
    expect(riskOf(key), key).not.toBeNull();
  for (const key of ["DATABASE_URL", "PATHS", "path", "MY_PATH"]) expect(riskOf(key), key).toBeNull();
});

test("the nearest word, or none", () => {
  expect(nearest("DATABSE_URL", ["DATABASE_URL", "REDIS_URL"])).toBe("DATABASE_URL");
  expect(nearest("database_url", ["DATABASE_URL"])).toBe("DATABASE_URL");
  expect(nearest("SMTP_HOST", ["DATABASE_URL"])).toBeNull();
  expect(nearest("x".repeat(101), ["x"])).toBeNull();
});

test("JSON holds every value exactly, bytes too", () => {
  const value = fc.oneof(
    fc.string({ unit: "binary" }).filter((one) => one.isWellFormed()),
    fc.uint8Array({ maxLength: 50 }),
  );
  const key = fc.stringMatching(/^[A-Za-z_.-][A-Za-z0-9_.-]{0,10}$/u).filter((one) => checkKey(one) === null);
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name }), (pairs: [string, Value][]) => {
      const { entries, errors } = parseJson(printJson(pairs));
      expect(errors).toEqual([]);
      const back = new Map(entries.map((entry) => [entry.key, entry.value]));
      expect(back.size).toBe(pairs.length);
      for (const [name, before] of pairs) expect(sameValue(back.get(name) ?? "?", before)).toBe(true);
    }),
  );
});

test("JSON: nested values, null, bad keys and keys that stand twice are named", () => {
  const { entries, errors } = parseJson(
    '{"A": {"b": 1}, "B": null, "C D": "1", "E": "1", "E": "2", "F": true, "G": ["x"]}',
  );
  expect(entries.map(({ key, value }) => [key, value])).toEqual([
    ["E", "2"],
    ["F", "true"],
  ]);
  expect(errors.map(({ id }) => id)).toEqual(["nested", "null", "key-characters", "nested", "duplicate"]);
  expect(parseJson("[1]").errors[0]?.id).toBe("not-a-map");
  expect(parseJson("{").errors[0]?.id).toBe("json");
});

test("JSON: a number is taken as it is written", () => {
  const written = ["12345678901234567890", "1.10", "1e400", "-0", "0.1e-7", "8080"];
  const { entries, errors } = parseJson(`{${written.map((text, index) => `"N${index}": ${text}`).join(", ")}}`);
  expect(errors).toEqual([]);
  expect(entries.map(({ value }) => value)).toEqual(written);
  expect(entries[0]?.notices).toMatchObject([{ id: "not-a-string", message: "`N0` was a number: taken as its text" }]);
  expect(parseJson("1").errors[0]?.id).toBe("not-a-map");
  expect(parseJson('{"A": [1], "B": {"base64": 1}}').errors.map(({ id }) => id)).toEqual(["nested", "nested"]);
});

test("JSON: where a number cannot be read as it is written it is refused", () => {
  const parse = JSON.parse;
  onTestFinished(() => {
    JSON.parse = parse;
  });
  JSON.parse = (text, reviver) => parse(text, reviver && ((key, value) => reviver(key, value)));
  const { entries, errors } = parseJson('{"A": 1.10, "B": "1.10"}');
  expect(entries.map(({ key }) => key)).toEqual(["B"]);
  expect(errors).toMatchObject([{ id: "number", message: expect.stringContaining("between quotes") }]);
  expect(errors[0]?.message).not.toContain("1.1");
});

test("the format is seen by the first character; YAML only when asked for", () => {
  expect(readPairs('  {"A": "1"}', { yaml }).entries).toMatchObject([{ key: "A", value: "1" }]);
  expect(readPairs("A=1", { yaml }).entries).toMatchObject([{ key: "A", value: "1" }]);
  expect(readPairs("A: 1", { yaml }).errors).toHaveLength(1);
  expect(readPairs("A: 1", { yaml, format: "yaml" }).entries).toMatchObject([{ key: "A", value: "1" }]);
  expect(readPairs("A: [", { yaml, format: "yaml" }).errors[0]?.id).toBe("yaml");
});

test("facts of a value: bytes, lines, kinds", () => {
  expect(valueFacts("")).toMatchObject({ bytes: 0, lines: 0, empty: true, utf8: true });
  expect(valueFacts("a\nb")).toMatchObject({ bytes: 3, lines: 2 });
  expect(valueFacts("a\nb\n")).toMatchObject({ lines: 2 });
  expect(valueFacts("a\0")).toMatchObject({ nul: true, binary: false });
  expect(valueFacts(new Uint8Array([255]))).toMatchObject({ binary: true, utf8: false });
  expect(sameValue("a", new Uint8Array([97]))).toBe(false);
});
