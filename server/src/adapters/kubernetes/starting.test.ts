import { expect, test } from "vitest";
import { isLate, isStarting } from "./starting.ts";

test("a kubelet that has not read the Secret yet is late, until it lasts; a key that is not there is another matter", () => {
  const late = "failed to sync secret cache: timed out waiting for the condition";
  const reason = "CreateContainerConfigError";
  expect(isLate({ reason, message: late }, 0, 30)).toBe(true);
  expect(isLate({ reason, message: late }, 29_999, 30)).toBe(true);
  expect(isLate({ reason, message: late }, 30_000, 30)).toBe(false);
  expect(isLate({ reason, message: "couldn't find key PORT in Secret shop/app-secrets" }, 0, 30)).toBe(false);
  expect(isLate({ reason, message: 'secret "app-secrets" not found' }, 0, 30)).toBe(false);
  expect(isLate({ reason: "CrashLoopBackOff", message: late }, 0, 30)).toBe(false);
  expect(isStarting({ reason: "ContainerCreating" })).toBe(true);
  expect(isStarting({ reason })).toBe(false);
});
