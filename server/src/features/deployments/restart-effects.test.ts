import { expect, test } from "vitest";
import type { SecretStore } from "../../ports/secret-store.ts";
import type { RestartPlan, WorkloadFacts } from "../../ports/target.ts";
import { effectsOf, type EffectParts } from "./restart-effects.ts";

/** Revision 1 has A and B, revision 2 another A. */
const manifests: Readonly<Record<number, Readonly<Record<string, number>>>> = { 1: { A: 1, B: 1 }, 2: { A: 2, B: 1 } };
const store = {
  manifest: async ({ at }: { readonly at: number }) => ({
    revision: at,
    entries: new Map(Object.entries(manifests[at] ?? {}).map(([key, revision]) => [key, { key, revision }])),
  }),
} as unknown as SecretStore;
const workload = (kind: string, name: string, more: Partial<WorkloadFacts> = {}): WorkloadFacts => ({
  kind,
  name,
  uid: name,
  rolls: kind !== "CronJob",
  templateHash: "h",
  restartMark: "r1",
  templateIn: null,
  templateManager: null,
  wanted: 1,
  updated: 1,
  ready: 1,
  held: null,
  inRelease: true,
  uses: ["A"],
  ...more,
});
const manifest = (name: string, image: string) => ({
  manifest: `---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}}\nspec: {template: {metadata: {annotations: {rollme: x}}, spec: {containers: [{name: app, image: ${image}}]}}}\n`,
  hooks: [],
  revision: null,
  releaseBytes: null,
  helmMajor: 4 as const,
  locked: null,
});
const plan = (how: RestartPlan["how"], marks: Readonly<Record<string, string>> = {}): RestartPlan => ({
  how,
  marks: Object.entries(marks).map(([name, mark]) => ({ kind: "Deployment", name, mark })),
});
const of = async (more: Partial<EffectParts>): Promise<string[]> => {
  const same = manifest("api", "box:1");
  const effects = await effectsOf({
    type: "helm",
    goal: { release: null, values: 1, revision: 2, keep: [], keepFrom: null },
    store,
    deployed: 1,
    consumers: [{ kind: "Deployment", name: "api", uses: ["A"] }],
    workloads: [workload("Deployment", "api")],
    plan: plan("inject", { api: "r2" }),
    triggers: [],
    renders: { next: same, running: same },
    ...more,
  });
  return effects.map(({ name, effect, why }) => `${name} ${effect}: ${why}`);
};
const users = [{ kind: "Deployment", name: "api", uses: ["B"] }];

test("who uses a changed key restarts, and it is named; who does not stays", async () => {
  expect(await of({})).toEqual(["api restarts: its keys changed: A"]);
  expect(await of({ consumers: users, plan: plan("inject", { api: "r1" }) })).toEqual([
    "api stays: its keys are unchanged",
  ]);
  expect(await of({ consumers: [{ kind: "Deployment", name: "api", uses: "all" }] })).toEqual([
    "api restarts: its keys changed: A",
  ]);
});

test("a chart's own trigger restarts at each deployment; what only may be one follows the keys", async () => {
  const trigger = (sure: boolean) => [{ kind: "Deployment", name: "api", sure }];
  const chart = { plan: plan("chart"), workloads: [workload("Deployment", "api", { restartMark: null })] };
  expect(await of({ ...chart, consumers: users, triggers: trigger(true) })).toEqual([
    "api restarts: the chart restarts it at each deployment",
  ]);
  expect(await of({ ...chart, triggers: trigger(false) })).toEqual([
    "api restarts: its keys changed: A; whether the chart follows them cannot be told",
  ]);
  expect(await of({ ...chart, consumers: users, triggers: trigger(false) })).toEqual([
    "api stays: its keys are unchanged",
  ]);
});

test("where only the chart restarts, a checksum of its own files does not: the old values stay", async () => {
  const live = (restartMark: string | null) => ({ workloads: [workload("Deployment", "api", { restartMark })] });
  expect(await of({ plan: plan("chart"), ...live(null) })).toEqual([
    "api stays: nothing restarts it (setting restart), though its keys changed: A",
  ]);
  // Keyroll's annotation of an earlier deployment is not rendered any more.
  expect(await of({ plan: plan("chart"), ...live("r1") })).toEqual([
    "api restarts: Keyroll's annotation is taken out of its template",
  ]);
});

test("what keeps its template in a Deployment is no new workload", async () => {
  const rollout = workload("Rollout", "web", { templateIn: { kind: "Deployment", name: "api" } });
  const effects = async (more: Partial<EffectParts>) => await of({ workloads: [rollout], ...more });
  expect(await effects({})).toEqual(["web restarts: its keys changed: A"]);
  expect(await effects({ consumers: users, plan: plan("inject", { api: "r1" }) })).toEqual([
    "web stays: its keys are unchanged",
  ]);
});

test("another chart or other values restart what they change, and only that", async () => {
  const [first, running] = [manifest("api", "box:2"), manifest("api", "box:1")];
  const parts = { consumers: users, plan: plan("inject", { api: "r1" }) };
  expect(await of({ ...parts, renders: { next: first, running } })).toEqual([
    "api restarts: its chart or its Helm values changed",
  ]);
  const both = {
    manifest: running.manifest + manifest("other", "box:2").manifest,
    hooks: [],
    revision: null,
    releaseBytes: null,
    helmMajor: 4 as const,
    locked: null,
  };
  expect(await of({ ...parts, renders: { next: both, running } })).toEqual(["api stays: its keys are unchanged"]);
});

test("type restart: by our marks alone", async () => {
  const none = { next: null, running: null };
  expect(await of({ type: "restart", renders: none, plan: plan("patch", { api: "r2" }) })).toEqual([
    "api restarts: its keys changed: A",
  ]);
  const unchanged = { type: "restart" as const, renders: none, consumers: users };
  expect(await of({ ...unchanged, plan: plan("patch", { api: "r1" }) })).toEqual(["api stays: its keys are unchanged"]);
  expect(
    await of({
      ...unchanged,
      plan: plan("patch", { api: "r1" }),
      workloads: [workload("Deployment", "api", { restartMark: null })],
    }),
  ).toEqual(["api restarts: it gets the annotation by which later restarts are told"]);
  expect(await of({ type: "restart", renders: none, plan: plan("off") })).toEqual([
    "api stays: nothing restarts it (setting restart), though its keys changed: A",
  ]);
});

test("what is new starts; what is held, runs once or comes with the next run stays", async () => {
  expect(await of({ workloads: [] })).toEqual(["api starts: it is new"]);
  expect(await of({ workloads: [workload("Deployment", "api", { held: "paused" })] })).toEqual([
    "api stays: held back: paused",
  ]);
  const consumers = ["CronJob", "CronWorkflow", "Job", "Workflow"].map((kind) => ({ kind, name: kind, uses: ["A"] }));
  expect(await of({ consumers })).toEqual([
    "CronJob stays: its next run reads the new values",
    "CronWorkflow stays: its next run reads the new values",
    "Job stays: a run of a Job is not restarted, the next one reads the new values",
    "Workflow stays: a run of a Workflow is not restarted, the next one reads the new values",
  ]);
});
