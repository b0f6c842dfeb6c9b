import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { isLongRun, recordEvidence } from "../../../e2e/harness/evidence.ts";
import { judge, type Goal, type Look, type PodFacts, type TemplateRecord, type Write } from "./index.ts";

/**
 * A small world with a true order of events, of which the judge sees what a cluster shows: clocks in whole
 * seconds, a clock per node that is wrong by up to five seconds, and nothing about when an environment was read.
 */
const seed = Number(process.env["KEYROLL_SEED"] ?? Date.now() % 2 ** 31);
process.stdout.write(`proof: seed ${seed}\n`);
const runs = isLongRun ? 100_000 : 500;
afterAll(() => recordEvidence("proof: three promises of the judge, against random worlds", { worlds: 3 * runs }));
const keys = ["A", "B", "C"] as const;
const whole = (time: number): number => Math.floor(time / 1000) * 1000;
const base = 1_000_000;

/** What a write does: `restore` puts back what an earlier revision held, as the way back does. */
interface TrueWrite {
  readonly at: number;
  readonly changed: readonly string[];
  readonly kind: "goal" | "restore" | "foreign" | "contract";
  readonly template: boolean;
  readonly isUnknown: boolean;
}

const aWrite = fc.record({
  gap: fc.integer({ min: 1, max: 15_000 }),
  changed: fc.uniqueArray(fc.constantFrom(...keys), { minLength: 1 }),
  kind: fc.constantFrom("goal" as const, "goal" as const, "restore" as const, "foreign" as const, "contract" as const),
  template: fc.boolean(),
  isUnknown: fc.boolean(),
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
  /** How long after the newest write of ours somebody looked which pods are there; null: nobody did. */
  look: fc.option(fc.integer({ min: 0, max: 5000 })),
});
type World = typeof aWorld extends fc.Arbitrary<infer W> ? W : never;

type Content = Readonly<Record<string, number>>;

interface Told {
  readonly writes: Write[];
  readonly templates: TemplateRecord[];
  readonly pods: PodFacts[];
  readonly goal: Goal;
  readonly look: Look | null;
  readonly last: number;
  /** Whether the newest write that says anything is ours. */
  readonly isOurs: boolean;
  /** Pod -> the values that it truly read; a value is the number of the write that made it. */
  readonly truth: Map<string, Content>;
  readonly now: Content;
}

/** What the Secret held at a time; a contract write takes away what no container of these uses. */
const contentAt = (steps: readonly { readonly at: number; readonly content: Content }[], time: number): Content =>
  steps.findLast((step) => step.at <= time)?.content ?? {};

const tell = (world: World, restartedAfter = 0): Told => {
  let clock = base;
  const writes: TrueWrite[] = world.writes.map(({ gap, ...rest }) => {
    clock += gap;
    return { at: clock, ...rest };
  });
  /** Revision -> the revision in which each key changed last, and its values. */
  const manifests: { lastChange: Map<string, number>; content: Content }[] = [{ lastChange: new Map(), content: {} }];
  const steps: { at: number; content: Content }[] = [];
  let held = 0;
  let previous = 0;
  let content: Content = {};
  const seen: Write[] = writes.map((write, index) => {
    // The way back leads from a revision to the one before it, once.
    const kind = write.kind === "restore" && previous === 0 ? "goal" : write.kind;
    const before = manifests[held]?.lastChange ?? new Map<string, number>();
    let changed: Write["changed"] = write.changed;
    if (kind === "goal") {
      const newest = manifests.at(-1) ?? { lastChange: new Map<string, number>(), content: {} };
      const revision = manifests.length;
      const next = new Map(newest.lastChange);
      for (const key of write.changed) next.set(key, revision);
      content = { ...newest.content, ...Object.fromEntries(write.changed.map((key) => [key, index])) };
      manifests.push({ lastChange: next, content });
      previous = held;
      held = revision;
    } else if (kind === "restore") {
      held = previous;
      previous = 0;
      content = manifests[held]?.content ?? {};
    } else if (kind === "foreign") {
      content = { ...content, ...Object.fromEntries(write.changed.map((key) => [key, index])) };
      if (write.isUnknown) changed = "unknown";
    } else changed = ["GONE"];
    // As it is recorded: what the revisions say, whatever somebody else did to the Secret in between.
    if (kind === "goal" || kind === "restore") {
      const after = manifests[held]?.lastChange ?? new Map<string, number>();
      changed = keys.filter((key) => before.get(key) !== after.get(key));
    }
    steps.push({ at: write.at, content });
    return {
      revision: kind === "foreign" ? null : held,
      resourceVersion: `rv${index}`,
      at: whole(write.at),
      acknowledgedAt: write.at,
      changed,
      kind: kind === "restore" ? "goal" : kind,
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
  const truth = new Map<string, Content>();
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
    truth.set(uid, contentAt(steps, read));
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
  const goal: Goal = { revision: held, lastChange: manifests[held]?.lastChange ?? new Map() };
  const newest = writes.findLastIndex(({ kind }) => kind === "goal" || kind === "restore");
  const lookedAt = (writes[newest]?.at ?? 0) + (world.look ?? 0);
  const look =
    world.look === null || newest === -1
      ? null
      : {
          afterResourceVersion: `rv${newest}`,
          pods: new Set(world.pods.flatMap((pod, number) => (base + pod.created <= lookedAt ? [`p${number}`] : []))),
        };
  const isOurs = writes.findLast(({ kind }) => kind !== "contract")?.kind !== "foreign" && newest !== -1;
  return { writes: seen, templates, pods, goal, look, last: clock - base, isOurs, truth, now: content };
};

const usedBy = (told: Told, uid: string): readonly string[] => {
  const uses = told.pods.find((pod) => pod.uid === uid)?.containers[0]?.uses ?? [];
  return uses === "all" ? keys : uses;
};

/** Used keys whose value in the Secret is another than what the pod read. */
const behind = (told: Told, uid: string): string[] =>
  usedBy(told, uid).filter((key) => told.truth.get(uid)?.[key] !== told.now[key]);

const verdictsOf = ({ writes, templates, pods, goal, look }: Told) => judge(writes, templates, pods, goal, look);

test("current is never said of a container that read an older value of a key it uses", () => {
  fc.assert(
    fc.property(aWorld, (world) => {
      const told = tell(world);
      const wrong = verdictsOf(told).filter(
        ({ verdict, podUid }) => verdict === "current" && behind(told, podUid).length > 0,
      );
      expect(wrong).toEqual([]);
    }),
    { numRuns: runs, seed },
  );
});

test("stale is never said of a container that has every value of the goal, while the Secret holds the goal", () => {
  fc.assert(
    fc.property(aWorld, (world) => {
      const told = tell(world);
      fc.pre(told.isOurs);
      const wrong = verdictsOf(told).filter(
        ({ verdict, podUid }) =>
          verdict === "stale" &&
          behind(told, podUid).length === 0 &&
          usedBy(told, podUid).every((key) => Object.hasOwn(told.now, key)),
      );
      expect(wrong).toEqual([]);
    }),
    { numRuns: runs, seed },
  );
});

test("a restart a minute after the last write settles every doubt", () => {
  fc.assert(
    fc.property(aWorld, (world) => {
      const before = tell(world);
      fc.pre(before.isOurs);
      const told = tell(world, before.last + 60_000);
      for (const verdict of verdictsOf(told)) expect(verdict.verdict, verdict.reason).toBe("current");
    }),
    { numRuns: runs, seed },
  );
});
