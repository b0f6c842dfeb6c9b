import { KeyrollError } from "@keyroll/contract/errors";
import { expect, test } from "vitest";
import { system, type Actor } from "./actor.ts";
import type { EnvironmentRow } from "./subject.ts";
import { freshFor, passDoor, requireFresh } from "./door.ts";

const person: Actor = {
  kind: "member",
  id: "m",
  name: "ada",
  role: "administrator",
  via: "s",
  since: 1_000_000,
  expires: null,
};
const kind = (text: "sandbox" | "production") => ({ name: text, kind: text }) as EnvironmentRow;
const codeOf = (actor: Actor, age: number, reason: string | undefined, ...kinds: EnvironmentRow[]): string => {
  try {
    passDoor({ actor, now: person.since + age, reason }, kinds);
    return "passed";
  } catch (error) {
    return error instanceof KeyrollError ? error.code : "thrown";
  }
};

test("production asks a person for a reason and a password of the last 15 minutes", () => {
  const production = kind("production");
  expect(codeOf(person, 0, "a rotation", production)).toBe("passed");
  expect(codeOf(person, freshFor, "a rotation", production)).toBe("passed");
  expect(codeOf(person, freshFor + 1, "a rotation", production)).toBe("reauth_required");
  for (const reason of [undefined, "", " ab ", "ab"])
    expect(codeOf(person, 0, reason, production), String(reason)).toBe("confirmation_required");
});

test("it is enough that one of two environments is production", () => {
  expect(codeOf(person, 0, undefined, kind("sandbox"), kind("production"))).toBe("confirmation_required");
  expect(codeOf(person, freshFor * 9, undefined, kind("sandbox"), kind("sandbox"))).toBe("passed");
});

test("tokens and Keyroll itself are not asked", () => {
  const production = kind("production");
  expect(codeOf({ ...person, kind: "token" }, freshFor * 9, undefined, production)).toBe("passed");
  expect(codeOf(system("a test"), freshFor * 9, undefined, production)).toBe("passed");
});

test("whoever makes a token at a browser has given the password in the last 15 minutes; a program is not asked", () => {
  const ask = (actor: Actor, age: number) => () => requireFresh({ actor, now: person.since + age }, "A token");
  expect(ask(person, freshFor)).not.toThrow();
  expect(ask(person, freshFor + 60_000)).toThrow("A token, and your password was last given 16 minutes ago; 15 are");
  expect(ask({ ...person, kind: "token" }, freshFor * 2)).not.toThrow();
});
