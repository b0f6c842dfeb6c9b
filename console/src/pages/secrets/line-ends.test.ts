import { expect, test } from "vitest";
import { textOf, valueOf } from "./line-ends.ts";
import { readValueFile } from "./value-file.ts";

test("line ends survive the editor", () => {
  for (const value of ["a", "a\nb\n", "a\r\nb\r\n", "a\rb", "a\r\nb\nc", "", "\r\n"])
    expect(valueOf(textOf(value)), JSON.stringify(value)).toBe(value);
  expect(textOf("a\r\nb")).toEqual({ text: "a\nb", ends: "crlf", exact: null });
  expect(valueOf({ ...textOf("a\r\nb"), text: "a\nb\nc" })).toBe("a\r\nb\r\nc");
});

test("a file is text where it can be, byte for byte", async () => {
  expect(await readValueFile(new Blob(["\uFEFFé\r\n"]))).toBe("\uFEFFé\r\n");
  expect(await readValueFile(new Blob([Uint8Array.of(0xff, 0xfe)]))).toEqual(Uint8Array.of(0xff, 0xfe));
  expect(await readValueFile(new Blob(["a\0b"]))).toEqual(Uint8Array.of(97, 0, 98));
  await expect(readValueFile(new Blob([new Uint8Array(1_048_577)]))).rejects.toThrow("1 MiB");
});
