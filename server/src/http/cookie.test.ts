import { expect, test } from "vitest";
import { cookieOf, sessionCookie } from "./cookie.ts";

const text = (letter: string): string => `krs_${letter.repeat(40)}`;
const [secure, plain] = ["https://keyroll.example.com", "http://127.0.0.1:7340"];

test("behind https only the cookie counts that no other site of the domain can set", () => {
  const mine = sessionCookie(secure, { text: text("a"), expires: 1000 }, 0).split(";")[0] ?? "";
  expect(cookieOf(secure, mine)).toBe(text("a"));
  expect(cookieOf(secure, `keyroll=${text("b")}; ${mine}`)).toBe(text("a"));
  expect(cookieOf(secure, `keyroll=${text("b")}`)).toBeNull();
});

test("on http, which knows no such cookies, the plain one counts", () => {
  const mine = sessionCookie(plain, { text: text("a"), expires: 1000 }, 0).split(";")[0] ?? "";
  expect(cookieOf(plain, `other=1; ${mine}`)).toBe(text("a"));
  expect(cookieOf(plain, `__Host-keyroll=${text("b")}; ${mine}`)).toBe(text("a"));
});
