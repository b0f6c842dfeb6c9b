import { expect, test } from "vitest";
import { isStarting } from "./starting.ts";

test("a kubelet that has not read the Secret yet is no trouble; a key that is not there is", () => {
  const late = "failed to sync secret cache: timed out waiting for the condition";
  const reason = "CreateContainerConfigError";
  expect(isStarting({ reason, message: late })).toBe(true);
  expect(isStarting({ reason: "ContainerCreating", message: "" })).toBe(true);
  expect(isStarting({ reason, message: "couldn't find key PORT in Secret shop/app-secrets" })).toBe(false);
  expect(isStarting({ reason, message: 'secret "app-secrets" not found' })).toBe(false);
  expect(isStarting({ reason: "CrashLoopBackOff", message: late })).toBe(false);
});
