import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { crc32c } from "./crc32c.ts";

test.each([
  // RFC 3720, B.4.
  ["123456789", "3808858755"],
  ["", "0"],
  ["\0".repeat(32), "2324772522"],
])("the CRC-32C of %j is %s", (text, sum) => {
  expect(crc32c(Buffer.from(text, "latin1"))).toBe(sum);
});
