import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Secret, secretText } from "./secret.ts";

const value = "CANARY-hunter2-CANARY";

test("a secret never shows its bytes, however it is printed", () => {
  const secret = secretText(value);
  const nested = { list: [secret], map: new Map([["K", secret]]) };
  const printed = [
    `${secret}`,
    String(secret),
    JSON.stringify(nested),
    inspect(nested, { depth: 9, showHidden: true }),
    JSON.stringify(Object.entries(secret)),
    new Error(`cannot write ${secret}`).stack ?? "",
  ].join("\n");
  expect(printed).not.toContain("CANARY");
  expect(printed).not.toContain(Buffer.from(value).toString("base64"));
  expect(printed).toContain("[secret]");
});

test("its bytes come out exactly, also when they are not text", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const secret = new Secret(bytes, true);
  expect(secret.expose()).toEqual(bytes);
  expect(secret.size).toBe(256);
});

test("equality is of bytes and kind", () => {
  expect(secretText("a").equals(secretText("a"))).toBe(true);
  expect(secretText("a").equals(secretText("b"))).toBe(false);
  expect(secretText("a").equals(secretText("ab"))).toBe(false);
  expect(secretText("a").equals(new Secret(new TextEncoder().encode("a"), true))).toBe(false);
});
