import { afterAll, expect, test } from "vitest";
import { check, type Checked } from "./manifests.ts";

/** Cases of one rule of preflight, for the test file beside it: it needs one that the rule finds and one that it leaves alone. */
export const casesOf = (rule: string) => {
  const count = { found: 0, left: 0 };
  /** What the rule says of a manifest: `severity container key`. */
  const says = (name: string, manifest: string, expected: string | readonly string[], options: Checked = {}): void => {
    const all = typeof expected === "string" ? [expected] : expected;
    count[all.length > 0 ? "found" : "left"] += 1;
    test(`${rule}: ${name}`, () => {
      const own = check(manifest, options).findings.filter((finding) => finding.rule === rule);
      const said = own.map(({ severity, container, key }) =>
        [severity, container, key].filter((one) => one !== null).join(" "),
      );
      expect(said).toEqual(all);
    });
  };
  afterAll(() => {
    expect(count.found, `${rule} has a case that it finds`).toBeGreaterThan(0);
    expect(count.left, `${rule} has a case that it leaves alone`).toBeGreaterThan(0);
  });
  return {
    says,
    silent: (name: string, manifest: string, options: Checked = {}): void => says(name, manifest, [], options),
  };
};
