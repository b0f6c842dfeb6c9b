import { expect, test } from "vitest";
import { manifestsOf } from "./findings.ts";

test("a template that puts out no YAML is named by its file, as a mistake of the chart and not of Keyroll", () => {
  const first = {
    manifest: "---\n# Source: shop/templates/a.yaml\nkind: Pod\nx: *nowhere\n",
    hooks: [],
    revision: 1,
    releaseBytes: null,
    helmMajor: 4 as const,
    locked: null,
  };
  expect(() => manifestsOf({ first, second: null })).toThrow(
    expect.objectContaining({ code: "invalid", message: expect.stringContaining("shop/templates/a.yaml") }),
  );
});
