import { expect, test } from "vitest";
import { isBehind, lettersOf, proofOf, tally, type Instance, type Workload } from "./pods.ts";

const instance = (name: string, revision: number | null, verdict: Instance["verdict"] = "current"): Instance => ({
  name,
  container: "app",
  revision,
  unchangedSince: null,
  verdict,
  evidence: 3,
  reason: "",
});
const workloads: Workload[] = [
  {
    kind: "Deployment",
    name: "api",
    held: null,
    note: null,
    instances: [instance("a", 41, "stale"), instance("b", 42)],
  },
  {
    kind: "Deployment",
    name: "worker",
    held: null,
    note: null,
    instances: [instance("c", 42), instance("d", null, "blocked")],
  },
  { kind: "CronJob", name: "mail", held: null, note: null, instances: [] },
];

test("the newest revision that runs is A", () => {
  expect([...lettersOf(workloads)]).toEqual([
    [42, "A"],
    [41, "B"],
  ]);
  expect(lettersOf([]).size).toBe(0);
});

test("more revisions than letters have no letter of another one", () => {
  const many = {
    kind: "Deployment",
    name: "x",
    held: null,
    note: null,
    instances: Array.from({ length: 30 }, (_, n) => instance(`p${n}`, n)),
  };
  const letters = lettersOf([many]);
  expect(letters.get(29)).toBe("A");
  expect(letters.get(4)).toBe("Z");
  expect(letters.get(3)).toBe("…");
});

test("how many run what", () => {
  expect(tally(workloads)).toEqual([
    [42, 2],
    [41, 1],
    [null, 1],
  ]);
});

test("what has ended or is being removed is not behind", () => {
  const of = (verdict: Instance["verdict"]): boolean => isBehind(instance("x", 1, verdict));
  expect((["stale", "ambiguous", "drifted", "blocked"] as const).map(of)).toEqual([true, true, true, true]);
  expect((["current", "draining", "finished", "in-flight"] as const).some(of)).toBe(false);
});

test("every kind of evidence has words", () => {
  expect([1, 2, 3, 4].map(proofOf).every((words) => words.length > 5)).toBe(true);
  expect(proofOf(null)).toContain("none");
});
