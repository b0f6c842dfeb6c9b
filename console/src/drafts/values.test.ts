import { expect, test } from "vitest";
import { alphabets, bitsOf, randomValue } from "./random-value.ts";
import { mend, sizeAndLines, sizeText, valueNotes } from "./value-notes.ts";

const ids = (value: string | Uint8Array): string[] => valueNotes(value).map(({ id }) => id);

test("what people overlook in a value is named", () => {
  expect(ids("plain")).toEqual([]);
  expect(ids("a\r\nb\r\n")).toEqual(["crlf", "final-newline"]);
  expect(ids(" x ")).toEqual(["final-blank", "first-blank"]);
  expect(ids("a\u00A0b\u200Bc")).toEqual(["no-break-space", "zero-width"]);
  expect(ids("\u201Cx\u201D")).toEqual(["curly-quotes"]);
  expect(ids('{"a": 1}')).toEqual(["json"]);
  expect(ids('{"a": 1')).toEqual(["not-json"]);
  expect(ids("")).toEqual(["empty"]);
  expect(ids("a\0b")).toEqual(["nul"]);
  expect(ids("\uD800")).toEqual(["half-character"]);
  expect(ids(Uint8Array.of(0))).toEqual(["nul"]);
});

test("mending takes the note away and nothing else", () => {
  for (const [text, id, mended] of [
    ["a\r\nb", "crlf", "a\nb"],
    ["a\n\n", "final-newline", "a"],
    ["a \t", "final-blank", "a"],
    ["\n a", "first-blank", "a"],
    ["a\u00A0b", "no-break-space", "a b"],
    ["a\u200Bb", "zero-width", "ab"],
  ] as const) {
    expect(mend(text, id), id).toBe(mended);
    expect(ids(mended)).not.toContain(id);
  }
  expect(mend("x", "json")).toBeNull();
});

test("sizes", () => {
  expect(sizeText(92)).toBe("92 B");
  expect(sizeText(4096)).toBe("4,096 B");
  expect(sizeText(31_000)).toBe("31.0 KB");
  expect(sizeAndLines({ bytes: 1700, lines: 28 })).toBe("1,700 B, 28 lines");
});

test("every letter of a random value has the same chance", () => {
  // Every byte once: the fair part holds each letter equally often, the rest is thrown away.
  for (const alphabet of Object.values(alphabets)) {
    let at = 0;
    const fill = (bytes: Uint8Array): void => {
      for (let i = 0; i < bytes.length; i++) bytes[i] = at++ % 256;
    };
    const length = 256 - (256 % alphabet.length);
    const value = randomValue(length, alphabet, fill);
    const counts = new Set(Array.from(alphabet, (letter) => value.split(letter).length - 1));
    expect([...counts]).toEqual([length / alphabet.length]);
  }
  expect(bitsOf(32, alphabets["hex digits"])).toBe(128);
});
