import { expect, test } from "vitest";
import { settings } from "./settings.ts";

const address = "https://vault.example.com:8200";

test.each(["mount", "prefix", "namespace", "authMount"])("no %s leads out of its place", (field) => {
  for (const wrong of ["..", ".", "a/..", "../../sys/policies/acl", "a/./b", "a/../b"]) {
    const { error } = settings.safeParse({ address, [field]: wrong });
    expect(error?.issues, wrong).toMatchObject([
      { path: [field], message: expect.stringContaining("without the parts `.` and `..`") },
    ]);
  }
  for (const good of ["a", "a.b/c..d", "..a", ".hidden/x", "a-b_c"])
    expect(settings.safeParse({ address, [field]: good }).success, good).toBe(true);
});
