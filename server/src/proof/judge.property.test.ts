import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { isLongRun, recordEvidence } from "../../../e2e/harness/evidence.ts";
import { judge, type Goal, type PodFacts, type TemplateRecord, type Write } from "./index.ts";

/**
 * A small world with a true order of events, of which the judge sees what a cluster shows: clocks in whole
 * seconds, a clock per node that is wrong by up to five seconds, and nothing about when an environment was read.
 */
const runs = isLongRun ? 100_000 : 500;
afterAll(() => recordEvidence("proof: three promises of the judge, against random worlds", { worlds: 3 * runs }));
const keys = ["A", "B", "C"] as const;
const whole = (time: number): number => Math.floor(time / 1000) * 1000;
const base = 1_000_000;

interface TrueWrite {
  readonly at: number;
  readonly changed: readonly string[];
  readonly kind: "goal" | "foreign" | "contract";
  readonly template: boolean;
}

const aWrite = fc.record({
  gap: fc.integer({ min: 1, max: 15_000 }),
  changed: fc.uniqueArray(fc.constantFrom(...keys), { minLength: 1 }),
  kind: fc.constantFrom("goal" as const, "goal" as const, "goal" as const, "foreign" as const, "contract" as const),
  template: fc.boolean(),
});
const aPod = fc.record({
  created: fc.integer({ min: -10_000, max: 60_000 }),
  node: fc.integer({ min: 0, max: 1 }),
  schedule: fc.integer({ min: 0, max: 300 }),
  toKubelet: fc.integer({ min: 0, max: 200 }),
  starts: fc.array(fc.tuple(fc.integer({ min: 0, max: 8000 }), fc.integer({ min: 100, max: 20_000 })), {
    minLength: 1,
    maxLength: 3,
  }),
  readAt: fc.double({ min: 0, max: 1, noNaN: true }),
  uses: fc.oneof(fc.constant("all" as const), fc.uniqueArray(fc.constantFrom(...keys), { minLength: 1 })),
  byTemplate: fc.boolean(),
  /** Its last crash is this near to a write: where the order is hard to tell. */
  near: fc.option(fc.record({ write: fc.nat(5), offset: fc.integer({ min: -4000, max: 4000 }) })),
});
const aWorld = fc.record({
  writes: fc.array(aWrite, { minLength: 1, maxLength: 6 }),
  pods: fc.array(aPod, { minLength: 1, maxLength: 6 }),
  skews: fc.tuple(fc.integer({ min: -5000, max: 5000 }), fc.integer({ min: -5000, max: 5000 })),
});
type World = typeof aWorld extends fc.Arbitrary<infer W> ? W : never;

interface Told {
  readonly writes: Write[];
  readonly templates: TemplateRecord[];
  readonly pods: PodFacts[];
  readonly goal: Goal;
  readonly last: number;
  /** Pod -> for each key the write whose value it truly read (-1: none yet). */
  readonly truth: Map<string, Map<string, number>>;
}

/** The write that gave a key its value at a time; a contract write takes away what no container of these uses. */
const valueAt = (writes: readonly TrueWrite[], key: string, time: number): number =>
  writes.findLastIndex((write) => write.at <= time && write.kind !== "contract" && write.changed.includes(key));

const tell = (world: World, restartedAfter = 0): Told => {
  let clock = base;
  const writes: TrueWrite[] = world.writes.map(({ gap, ...rest }) => {
    clock += gap;
    return { at: clock, ...rest };
  });
  let revision = 0;
  const lastChange = new Map<string, number>();
  const seen: Write[] = writes.map((write, index) => {
    if (write.kind === "goal") {
      revision += 1;
      for (const key of write.changed) lastChange.set(key, revision);
    }
    return {
      revision: write.kind === "foreign" ? null : revision,
      resourceVersion: `rv${index}`,
      at: whole(write.at),
      acknowledgedAt: write.at,
      changed: write.kind === "contract" ? ["GONE"] : write.changed,
      kind: write.kind,
    };
  });
  const templates: TemplateRecord[] = writes.flatMap((write, index) =>
    write.template
      ? [
          {
            workloadUid: "w",
            hash: `h${index}`,
            deployment: "d",
            revision: 1,
            afterResourceVersion: `rv${index}`,
            restartMark: null,
          },
        ]
      : [],
  );
  const truth = new Map<string, Map<string, number>>();
  const pods: PodFacts[] = world.pods.map((pod, number) => {
    const skew = world.skews[pod.node] ?? 0;
    const created = base + pod.created;
    const kubelet = created + pod.schedule + pod.toKubelet;
    let began = kubelet;
    let started = kubelet;
    let finished: number | null = null;
    for (const [index, [prepare, run]] of pod.starts.entries()) {
      started = began + prepare;
      if (index < pod.starts.length - 1) {
        finished = started + run;
        began = finished;
      }
    }
    if (pod.near !== null) {
      finished = Math.max(kubelet + 100, (writes[pod.near.write % writes.length]?.at ?? 0) + pod.near.offset);
      began = finished;
      started = began + (pod.starts[0]?.[0] ?? 0) / 4;
    }
    if (restartedAfter > 0) {
      finished = Math.max(started, base + restartedAfter);
      began = finished;
      started = began + 500;
    }
    const read = began + (started - began) * pod.readAt;
    // A pod made after a template appeared may be of that template; of an earlier one it cannot be told apart here.
    const older = writes.flatMap((write, index) => (write.template && write.at <= created ? [index] : []));
    const uid = `p${number}`;
    truth.set(uid, new Map(keys.map((key) => [key, valueAt(writes, key, read)])));
    return {
      uid,
      name: uid,
      node: `n${pod.node}`,
      createdAt: whole(created),
      scheduledAt: whole(created + pod.schedule),
      kubeletStartTime: whole(kubelet + skew),
      deleting: false,
      phase: "Running",
      workload: { kind: "Deployment", name: "api", uid: "w" },
      templateHash: pod.byTemplate && older.length > 0 ? `h${older.at(-1)}` : "other",
      restartMark: null,
      containers: [
        {
          name: "main",
          role: "container",
          uses: pod.uses,
          how: ["env"],
          startedAt: whole(started + skew),
          previousFinishedAt: finished === null ? null : whole(finished + skew),
          restarts: pod.starts.length - 1,
          waiting: null,
          finished: null,
        },
      ],
    };
  });
  return { writes: seen, templates, pods, goal: { revision, lastChange }, last: clock - base, truth };
};

/** Used keys whose value in the Secret is newer than what the pod read. */
const behind = (told: Told, world: World, uid: string): string[] => {
  const uses = told.pods.find((pod) => pod.uid === uid)?.containers[0]?.uses ?? [];
  let clock = base;
  const writes = world.writes.map(({ gap, ...rest }) => ({ at: (clock += gap), ...rest }));
  return (uses === "all" ? [...keys] : [...uses]).filter(
    (key) => told.truth.get(uid)?.get(key) !== valueAt(writes, key, Number.POSITIVE_INFINITY),
  );
};

test("current is never said of a container that read an older value of a key it uses", () => {
  fc.assert(
    fc.property(aWorld, (world) => {
      const told = tell(world);
      const wrong = judge(told.writes, told.templates, told.pods, told.goal).filter(
        ({ verdict, podUid }) => verdict === "current" && behind(told, world, podUid).length > 0,
      );
      expect(wrong).toEqual([]);
    }),
    { numRuns: runs },
  );
});

test("stale is never said of a container that has every value of the goal, while the Secret holds the goal", () => {
  fc.assert(
    fc.property(aWorld, (world) => {
      const told = tell(world);
      const newest = told.writes.findLast(({ kind }) => kind !== "contract");
      fc.pre(newest?.revision === told.goal.revision);
      const wrong = judge(told.writes, told.templates, told.pods, told.goal).filter(
        ({ verdict, podUid }) => verdict === "stale" && behind(told, world, podUid).length === 0,
      );
      expect(wrong).toEqual([]);
    }),
    { numRuns: runs },
  );
});

test("a restart a minute after the last write settles every doubt", () => {
  fc.assert(
    fc.property(aWorld, (world) => {
      const before = tell(world);
      const newest = before.writes.findLast(({ kind }) => kind !== "contract");
      fc.pre(newest !== undefined && newest.revision === before.goal.revision);
      const told = tell(world, before.last + 60_000);
      for (const verdict of judge(told.writes, told.templates, told.pods, told.goal))
        expect(["current", "drifted"], verdict.reason).toContain(verdict.verdict);
    }),
    { numRuns: runs },
  );
});
