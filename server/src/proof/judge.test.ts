import { expect, test } from "vitest";
import {
  judge,
  proven,
  type ContainerFacts,
  type Goal,
  type PodFacts,
  type TemplateRecord,
  type Write,
} from "./index.ts";

const second = 1000;
const write = (
  revision: number | null,
  at: number,
  changed: Write["changed"] = ["A"],
  kind: Write["kind"] = revision === null ? "foreign" : "goal",
): Write => ({
  revision,
  resourceVersion: `rv${at}`,
  at: at * second,
  acknowledgedAt: at * second + 100,
  changed,
  kind,
});
const container = (startedAt: number | null, more: Partial<ContainerFacts> = {}): ContainerFacts => ({
  name: "main",
  role: "container",
  uses: ["A"],
  how: ["env"],
  startedAt: startedAt === null ? null : startedAt * second,
  previousFinishedAt: null,
  restarts: 0,
  waiting: null,
  finished: null,
  ...more,
});
const pod = (createdAt: number, one: ContainerFacts, more: Partial<PodFacts> = {}): PodFacts => ({
  uid: "p",
  name: "api-1",
  node: "n",
  createdAt: createdAt * second,
  scheduledAt: createdAt * second,
  kubeletStartTime: createdAt * second,
  deleting: false,
  phase: "Running",
  workload: { kind: "Deployment", name: "api", uid: "w" },
  templateHash: "h2",
  restartMark: null,
  containers: [one],
  ...more,
});
const goal = (revision: number, changes: Record<string, number> = { A: revision }): Goal => ({
  revision,
  lastChange: new Map(Object.entries(changes)),
});
const template = (after: string | null, restartMark: string | null = null): TemplateRecord => ({
  workloadUid: "w",
  hash: "h2",
  deployment: "d",
  revision: 2,
  afterResourceVersion: after,
  restartMark,
});
const two = [write(1, 100), write(2, 200)];
const one = (writes: readonly Write[], templates: readonly TemplateRecord[], seen: PodFacts, wanted: Goal) => {
  const [verdict] = judge(writes, templates, [seen], wanted);
  if (verdict === undefined) throw new Error("no verdict");
  return verdict;
};

test("current by time alone: evidence 4, which proves no deployment", () => {
  const verdict = one(two, [], pod(210, container(212)), goal(2));
  expect(verdict).toMatchObject({ verdict: "current", revision: 2, evidence: 4, unchangedSince: null });
  expect(proven([verdict])).toBe(false);
});

test("current because its template was seen to appear after the write: evidence 3, however near", () => {
  const verdict = one(two, [template("rv200")], pod(200, container(201)), goal(2));
  expect(verdict).toMatchObject({ verdict: "current", evidence: 3 });
  expect(proven([verdict])).toBe(true);
});

test("current by the injected mark: evidence 2", () => {
  expect(one(two, [template("rv200", "r2")], pod(200, container(201), { restartMark: "r2" }), goal(2))).toMatchObject({
    verdict: "current",
    evidence: 2,
  });
});

test("stale: its keys changed after it started", () => {
  expect(one(two, [], pod(110, container(112)), goal(2))).toMatchObject({ verdict: "stale", revision: 1 });
});

test("its keys unchanged since: current without a restart, and proven", () => {
  const verdict = one([write(1, 100), write(2, 200, ["B"])], [], pod(110, container(112)), goal(2, { A: 1, B: 2 }));
  expect(verdict).toMatchObject({ verdict: "current", revision: 2, unchangedSince: 1 });
  expect(proven([verdict])).toBe(true);
});

test("a user of all keys is stale after any change", () => {
  const all = container(112, { uses: "all", how: ["env"] });
  expect(one([write(1, 100), write(2, 200, ["B"])], [], pod(110, all), goal(2, { A: 1, B: 2 }))).toMatchObject({
    verdict: "stale",
  });
});

test("so near that the order cannot be told: ambiguous", () => {
  expect(one(two, [], pod(199, container(201)), goal(2))).toMatchObject({ verdict: "ambiguous", revision: null });
});

test("a crash after the write makes a container read anew", () => {
  const again = container(212, { previousFinishedAt: 210 * second, restarts: 1 });
  expect(one(two, [], pod(110, again), goal(2))).toMatchObject({ verdict: "current", evidence: 4 });
});

test("a node whose clock is wrong widens the doubt", () => {
  const right = pod(210, container(212));
  expect(one(two, [], right, goal(2)).verdict).toBe("current");
  const wrong = pod(110, container(212, { previousFinishedAt: 206 * second }), { kubeletStartTime: 120 * second });
  expect(one(two, [], wrong, goal(2)).verdict).toBe("ambiguous");
});

test("a foreign write of its keys: drifted, before and after its start", () => {
  const drifted = [...two, write(null, 300)];
  expect(one(drifted, [], pod(310, container(312)), goal(2))).toMatchObject({ verdict: "drifted" });
  expect(one(drifted, [], pod(210, container(212)), goal(2))).toMatchObject({ verdict: "drifted", revision: 2 });
  expect(one([...two, write(null, 300, ["B"])], [], pod(210, container(212)), goal(2)).verdict).toBe("stale");
});

test("the contract write is no boundary for those that do not use the removed keys", () => {
  const contract = [...two, write(2, 300, ["OLD"], "contract")];
  expect(one(contract, [template("rv200")], pod(201, container(203)), goal(2))).toMatchObject({
    verdict: "current",
    evidence: 3,
  });
});

test("volumes follow the Secret: no evidence, current once it holds the goal", () => {
  const volume = container(112, { how: ["volume"] });
  const verdict = one(two, [], pod(110, volume), goal(2));
  expect(verdict).toMatchObject({ verdict: "current", evidence: null });
  expect(proven([verdict])).toBe(true);
  expect(one([write(1, 100)], [], pod(110, volume), goal(2)).verdict).toBe("stale");
  expect(one(two, [], pod(110, container(112, { how: ["volume", "env"] })), goal(2)).verdict).toBe("stale");
});

test("pods that go, have ended or cannot start", () => {
  expect(one(two, [], pod(110, container(112), { deleting: true }), goal(2)).verdict).toBe("draining");
  expect(one(two, [], pod(110, container(112), { phase: "Succeeded" }), goal(2)).verdict).toBe("finished");
  const init = container(112, { role: "init", finished: { exitCode: 0, at: 113 * second, reason: "Completed" } });
  expect(one(two, [], pod(110, init), goal(2)).verdict).toBe("finished");
  const blocked = container(null, { waiting: { reason: "ErrImagePull", message: "no such image" } });
  const verdict = one(two, [], pod(210, blocked), goal(2));
  expect(verdict).toMatchObject({ verdict: "blocked", reason: "ErrImagePull: no such image" });
  expect(proven([verdict])).toBe(false);
});

test("the words of a runtime that quote an environment are left out", () => {
  const blocked = container(null, {
    waiting: { reason: "CreateContainerConfigError", message: "invalid env PASSWORD=hunter2" },
  });
  expect(one(two, [], pod(210, blocked), goal(2)).reason).toBe("CreateContainerConfigError");
});

test("containers that use nothing are not asked", () => {
  expect(judge(two, [], [pod(110, container(112, { uses: [] }))], goal(2))).toEqual([]);
});

test("what somebody else wrote and was put back: who started before it is current, who started with it is not", () => {
  const writes = [write(1, 100), write(null, 200), write(1, 300)];
  const before = one(writes, [], pod(110, container(112)), goal(1));
  expect(before).toMatchObject({ verdict: "current", revision: 1, reason: expect.stringContaining("put back") });
  const between = one(writes, [], pod(210, container(212)), goal(1));
  expect(between).toMatchObject({ verdict: "drifted", revision: null });
  const near = one(writes, [], pod(199, container(200)), goal(1));
  expect(near.verdict).not.toBe("current");
  const after = one(writes, [], pod(310, container(312)), goal(1));
  expect(after).toMatchObject({ verdict: "current", revision: 1 });
});
