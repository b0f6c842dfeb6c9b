import { expect, test } from "vitest";
import { errorTable, isErrorCode, KeyrollError } from "./errors.ts";

test("every code has a status of the 4xx/5xx range, a documented exit code, a title and a next step", () => {
  for (const [code, row] of Object.entries(errorTable)) {
    expect(row.status, code).toBeGreaterThanOrEqual(400);
    expect(row.status, code).toBeLessThan(600);
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9], code).toContain(row.exit);
    expect(row.title.length, code).toBeGreaterThan(5);
    expect(row.next, code).toMatch(/\.$/u);
  }
});

test("an error carries its row, and its own next step wins", () => {
  const plain = new KeyrollError("not_found", "There is no app `shop`.");
  expect([plain.status, plain.exit, plain.next]).toEqual([404, 4, errorTable.not_found.next]);
  const own = new KeyrollError("not_found", "There is no app `shop`.", { next: "Create it." });
  expect(own.next).toBe("Create it.");
});

test("a name of Object.prototype is no error code", () => {
  expect(isErrorCode("sealed")).toBe(true);
  expect(isErrorCode("toString")).toBe(false);
});
