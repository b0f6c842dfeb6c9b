import { expect, test } from "vitest";
import { detailsOf, passes, type AuditEntry } from "./entry.ts";

const entry = (change: Partial<AuditEntry>): AuditEntry => ({
  id: "1",
  at: 0,
  actor: { kind: "member", id: "m", name: "Ada@example.com" },
  action: "secrets.change",
  app: "shop",
  environment: "dev",
  details: {},
  requestId: null,
  ...change,
});
const all = { action: "", where: "", actor: "" };

test("an empty filter lets everything pass, also what belongs to no app", () => {
  expect(passes(entry({}), all)).toBe(true);
  expect(passes(entry({ app: null, environment: null }), all)).toBe(true);
});

test("an app means all of its environments; an environment only itself", () => {
  expect(passes(entry({}), { ...all, where: "shop" })).toBe(true);
  expect(passes(entry({}), { ...all, where: "shop/dev" })).toBe(true);
  expect(passes(entry({}), { ...all, where: "shop/prod" })).toBe(false);
  expect(passes(entry({}), { ...all, where: "sho" })).toBe(false);
  expect(passes(entry({ app: null, environment: null }), { ...all, where: "shop" })).toBe(false);
});

test("a part of the actor's name is enough", () => {
  expect(passes(entry({}), { ...all, actor: " ada@" })).toBe(true);
  expect(passes(entry({}), { ...all, actor: "bob" })).toBe(false);
});

test("details in words; what is empty is left out", () => {
  const details = {
    revision: 2,
    keys: [
      { key: "A", op: "added" },
      { key: "B", op: "removed" },
    ],
    adopt: false,
    release: null,
    none: [],
    plan: { a: 1 },
  };
  expect(detailsOf(entry({ details }))).toEqual([
    ["revision", "2"],
    ["keys", "A added, B removed"],
    ["plan", '{"a":1}'],
  ]);
});
