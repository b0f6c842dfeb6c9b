import { expect, test } from "vitest";
import { requiredKeys } from "./index.ts";

test.each([
  { name: "none", annotation: null, envExample: null, keys: [] },
  {
    name: "the annotation",
    annotation: "A, B\n C,,A",
    envExample: null,
    keys: ["Chart.yaml A", "Chart.yaml B", "Chart.yaml C"],
  },
  {
    name: "the example, with and without values",
    annotation: null,
    envExample: "# keys\nA=\nexport B=changeme # why\nC='x y'\n",
    keys: [".env.example A", ".env.example B", ".env.example C"],
  },
  { name: "both name it", annotation: "A", envExample: "A=\nB=\n", keys: ["Chart.yaml A", ".env.example B"] },
  { name: "what is no key", annotation: "A $B ..c", envExample: null, keys: ["Chart.yaml A"] },
])("keys that a chart says it needs: $name", ({ keys, ...chart }) => {
  expect(requiredKeys(chart).map(({ key, source }) => `${source} ${key}`)).toEqual(keys);
});
