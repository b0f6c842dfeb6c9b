import { expect, test } from "vitest";
import {
  isCounted,
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

test("a slow start does not hide that the clock of its node is behind", () => {
  const writes = [write(1, 100), write(null, 300), write(1, 320)];
  // It began 5 s after the foreign write, by a clock that is 30 s behind; the other one took 30 s to begin.
  const seen = pod(290, container(275), { kubeletStartTime: 261 * second });
  const slow = pod(50, container(60), { uid: "q", kubeletStartTime: 50 * second });
  const [verdict] = judge(writes, [], [seen, slow], goal(1));
  expect(verdict).toMatchObject({ verdict: "ambiguous" });
});

test("a foreign write of its keys: drifted, before and after its start", () => {
  const drifted = [...two, write(null, 300)];
  expect(one(drifted, [], pod(310, container(312)), goal(2))).toMatchObject({ verdict: "drifted" });
  expect(one(drifted, [], pod(210, container(212)), goal(2))).toMatchObject({ verdict: "drifted", revision: 2 });
});

test("a foreign write of keys that it does not use: it runs what was deployed, whenever it started", () => {
  const others = [...two, write(null, 300, ["B"])];
  for (const start of [210, 310])
    expect(one(others, [], pod(start, container(start + 2)), goal(2))).toMatchObject({
      verdict: "current",
      revision: 2,
    });
  expect(one(others, [], pod(210, container(212, { uses: "all" })), goal(2)).verdict).toBe("drifted");
  expect(one(others, [], pod(110, container(112)), goal(2)).verdict).toBe("stale");
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

const done = { exitCode: 0, at: 113 * second, reason: "Completed" };

test("an init container that is done has left in its pod what it read", () => {
  const init = (at: number) => container(at, { role: "init", finished: done });
  expect(one(two, [], pod(110, init(112)), goal(2))).toMatchObject({ verdict: "stale", revision: 1 });
  expect(one(two, [template("rv200")], pod(201, init(202)), goal(2))).toMatchObject({
    verdict: "current",
    evidence: 3,
  });
});

test("ephemeral containers count while they run, sidecars like all others; what has ended and comes back is blocked", () => {
  const ephemeral = (more: Partial<ContainerFacts>) => container(112, { role: "ephemeral", ...more });
  expect(one(two, [], pod(110, ephemeral({})), goal(2)).verdict).toBe("stale");
  expect(one(two, [], pod(110, ephemeral({ finished: done })), goal(2)).verdict).toBe("finished");
  expect(one(two, [], pod(110, container(112, { role: "sidecar" })), goal(2)).verdict).toBe("stale");
  const ended = container(212, { finished: { exitCode: 1, at: 213 * second, reason: "Error" } });
  expect(one(two, [], pod(210, ended), goal(2))).toMatchObject({
    verdict: "blocked",
    reason: "it has ended with exit code 1 (Error)",
  });
});

test("a run of a Job, Workflow or Tekton run is in flight with what it began with, and proves or refutes nothing", () => {
  for (const kind of ["Job", "CronJob", "Workflow", "TaskRun", "PipelineRun"]) {
    const workload = { kind, name: "report", uid: "j" };
    const old = one(two, [], pod(110, container(112), { workload }), goal(2));
    expect(old).toMatchObject({ verdict: "in-flight", revision: 1 });
    expect(old.reason).toContain("revision 1");
    const fresh = one(two, [], pod(210, container(212), { workload }), goal(2));
    expect(fresh).toMatchObject({ verdict: "current", revision: 2, evidence: 4 });
    const between = one(two, [], pod(199, container(201), { workload }), goal(2));
    expect(between).toMatchObject({ verdict: "in-flight", revision: null });
    expect(proven([old, fresh, between])).toBe(true);
    expect([old, fresh, between].some(isCounted)).toBe(false);
    expect(one(two, [], pod(110, container(112, { finished: done }), { workload }), goal(2)).verdict).toBe("finished");
  }
});

test("a pod that was not there after the write was made after it, whatever its template: evidence 3", () => {
  const look = { afterResourceVersion: "rv200", pods: new Set(["before"]) };
  const of = (uid: string) => judge(two, [], [pod(199, container(201), { uid })], goal(2), look)[0];
  expect(of("new")).toMatchObject({ verdict: "current", evidence: 3 });
  expect(of("before")?.verdict).toBe("ambiguous");
});

test("a template that comes back after a later write proves nothing about that write", () => {
  const back = [write(1, 100), write(2, 200), write(1, 300)];
  const old = { ...template("rv100"), hash: "h2" };
  expect(one(back, [old], pod(310, container(312)), goal(1))).toMatchObject({ verdict: "current", evidence: 4 });
  expect(one(back, [old], pod(299, container(301)), goal(1)).verdict).toBe("ambiguous");
});

test("the way back: who never read the bad values is current, who restarted in between is not", () => {
  const back = [write(1, 100), write(2, 200), write(1, 300)];
  const survivor = one(back, [], pod(110, container(112)), goal(1));
  expect(survivor).toMatchObject({ verdict: "current", revision: 1, unchangedSince: 1 });
  expect(survivor.reason).toContain("holds again");
  expect(proven([survivor])).toBe(true);
  const crashed = container(212, { previousFinishedAt: 210 * second });
  expect(one(back, [], pod(110, crashed), goal(1))).toMatchObject({ verdict: "stale", revision: 2 });
  // A value that is known to be dead did not come back.
  const kept = { ...goal(1), kept: new Set(["A"]) };
  expect(one(back, [], pod(110, container(112)), kept).verdict).toBe("stale");
  // Which of two it read, the old or the bad value, cannot be told: one of them is right.
  expect(one(back, [], pod(199, container(201)), goal(1)).verdict).toBe("ambiguous");
});

test("a write of ours puts right what somebody else did to keys that it does not change itself", () => {
  const repaired = [write(1, 100), write(null, 200, "unknown"), write(2, 300, ["B"])];
  const wanted = goal(2, { A: 1, B: 2 });
  expect(one(repaired, [], pod(310, container(312)), wanted)).toMatchObject({ verdict: "current", unchangedSince: 1 });
  expect(one(repaired, [], pod(210, container(212)), wanted).verdict).toBe("drifted");
  expect(one(repaired, [], pod(110, container(112)), wanted).verdict).toBe("current");
});

test("without the Secret nothing is current: what runs has drifted, what starts is blocked", () => {
  const gone = { ...goal(0, {}), secret: "gone" as const };
  expect(one(two, [], pod(210, container(212)), gone)).toMatchObject({ verdict: "drifted", revision: 2 });
  expect(one(two, [], pod(210, container(212)), gone).reason).toContain("could not start again");
  const waiting = { reason: "CreateContainerConfigError", message: 'secret "app-secrets" not found' };
  expect(one(two, [], pod(210, container(null, { waiting })), gone)).toMatchObject({
    verdict: "blocked",
    reason: 'CreateContainerConfigError: secret "app-secrets" not found',
  });
  expect(one(two, [], pod(210, container(212)), { ...gone, secret: "foreign" }).verdict).toBe("drifted");
});

test("subPath is read at the start like an environment; whole volumes are reloaded, and that is said", () => {
  expect(one(two, [], pod(110, container(112, { how: ["subPath"] })), goal(2)).verdict).toBe("stale");
  expect(one(two, [], pod(110, container(112, { how: ["volume"] })), goal(2)).reason).toMatch(
    /^live-reloaded: .*may not/u,
  );
});

test("what somebody else wrote and was put back: who started before it is current, who started with it is not", () => {
  const writes = [write(1, 100), write(null, 200), write(1, 300)];
  const before = one(writes, [], pod(110, container(112)), goal(1));
  expect(before).toMatchObject({ verdict: "current", revision: 1, reason: expect.stringContaining("changed back") });
  const between = one(writes, [], pod(210, container(212)), goal(1));
  expect(between).toMatchObject({ verdict: "drifted", revision: null });
  const near = one(writes, [], pod(199, container(200)), goal(1));
  expect(near.verdict).not.toBe("current");
  const after = one(writes, [], pod(310, container(312)), goal(1));
  expect(after).toMatchObject({ verdict: "current", revision: 1 });
});
