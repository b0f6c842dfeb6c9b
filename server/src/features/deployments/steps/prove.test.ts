import { sql } from "kysely";
import { expect, test } from "vitest";
import { openSqlite } from "../../../database/sqlite.ts";
import type { Refusal } from "../../../ports/target.ts";
import { factsType } from "../goal.ts";
import type { Job } from "../job.ts";
import { prove } from "./prove.ts";

const written = 5_000_000;

/** Three pods of one workload that started before the write; a pod that is evicted comes back with the new value. */
const makeJob = async (
  restart: "off" | "auto",
  refuse: (pod: string) => Omit<Refusal, "pod"> | null = () => null,
  stragglers: "evict" | "report" = "evict",
) => {
  const { db } = await openSqlite(":memory:");
  await sql`pragma foreign_keys = off`.execute(db);
  const write = (seq: number, at: number) => ({
    environment_id: "e",
    seq,
    revision: seq,
    resource_version: String(seq),
    at,
    acknowledged_at: at,
    changed: '["A"]',
    kind: "goal",
  });
  await db
    .insertInto("writes")
    .values([write(1, 1_000_000), write(2, written)])
    .execute();
  const workload = { kind: "Deployment", name: "web", uid: "w" };
  const podOf = (name: string, startedAt: number) => ({
    uid: name,
    name,
    node: "n",
    createdAt: startedAt,
    scheduledAt: startedAt,
    kubeletStartTime: startedAt,
    deleting: false,
    phase: "Running",
    workload,
    templateHash: "h",
    restartMark: null,
    containers: [
      {
        name: "app",
        role: "container",
        uses: ["A"],
        how: ["env"],
        startedAt: startedAt + 1000,
        previousFinishedAt: null,
        restarts: 0,
        waiting: null,
        finished: null,
      },
    ],
  });
  let pods = ["one", "two", "three"].map((name) => podOf(name, 2_000_000));
  let now = written + 60_000;
  /** Looks until the last pod's successor is ready. */
  let looks = 0;
  const evictions: string[][] = [];
  const times: number[] = [];
  const said: string[] = [];
  const job = {
    host: {
      db,
      dialect: "sqlite",
      clock: {
        now: () => now,
        sleep: async () => {
          now += 1000;
          looks = Math.max(0, looks - 1);
        },
      },
    },
    app: { id: "a", name: "a" },
    environment: {
      id: "e",
      type: "helm",
      namespace: "n",
      secretName: "s",
      settings: { timeoutSeconds: 600, drift: "report", restart, stragglers },
    },
    store: { manifest: async () => ({ revision: 2, entries: new Map([["A", { key: "A", revision: 2 }]]) }) },
    target: {
      observe: async () => ({
        pods,
        workloads: [
          {
            ...workload,
            rolls: true,
            templateHash: "h",
            restartMark: null,
            templateIn: null,
            templateManager: null,
            wanted: 3,
            updated: 3,
            ready: looks === 0 ? 3 : 2,
            held: null,
            inRelease: true,
            uses: ["A"],
          },
        ],
        at: 0,
      }),
      glance: async () => null,
      evict: async (names: string[]) => {
        evictions.push(names);
        times.push(now);
        const refused = names.flatMap((pod): Refusal[] => {
          const why = refuse(pod);
          return why === null ? [] : [{ pod, ...why }];
        });
        const gone = names.filter((name) => refused.every(({ pod }) => pod !== name));
        pods = pods.map((pod) => (gone.includes(pod.name) ? podOf(`${pod.name}-again`, now) : pod));
        looks = gone.length === 0 ? looks : 3;
        return { gone, refused };
      },
    },
    row: {
      id: "d",
      number: 2,
      aim: "goal",
      options: { restart: "changed" },
      facts: factsType.parse({
        restart: { how: restart === "off" ? "off" : "chart", marks: [] },
        look: { afterResourceVersion: "2", pods: ["one", "two", "three"] },
      }),
    },
    goal: { release: null, values: null, revision: 2, keep: [], keepFrom: null },
    signal: new AbortController().signal,
    guard: async () => undefined,
    journal: async ({ message }: { readonly message: string }) => void said.push(message),
    note: async () => undefined,
  } as unknown as Job;
  return { job, evictions, times, said };
};

test("pods with older values are replaced one after the other, each when the one before it is ready", async () => {
  const { job, evictions, times } = await makeJob("auto");
  expect(await prove.run(job)).toBe("3 containers proven to run it.");
  expect(evictions).toEqual([["one"], ["two"], ["three"]]);
  const [first = 0] = times;
  expect(times.map((time) => time - first)).toEqual([0, 3000, 6000]);
});

test("where the settings leave restarts to others, none is replaced, and the outcome names what runs older values", async () => {
  const { job, evictions } = await makeJob("off");
  expect(await prove.run(job)).toContain("not restarted, since nobody rolls it: Deployment/web (setting restart)");
  expect(evictions).toEqual([]);
});

const noRight = { why: "the right is missing", next: "Give it", passes: false };

test("a pod that may not be replaced is named once, the others of its workload are replaced, and the time over it is no success", async () => {
  const { job, evictions, said } = await makeJob("auto", (pod) => (pod === "one" ? noRight : null));
  await expect(prove.run(job)).rejects.toMatchObject({
    code: "deployment_failed",
    message: expect.stringContaining("Not replaced, with older values: one (the right is missing)."),
    facts: { next: "Give it, or replace by hand: `kubectl delete pod -n n one`." },
  });
  expect(evictions.slice(0, 3)).toEqual([["one"], ["two"], ["three"]]);
  expect(new Set(evictions.slice(3).flat())).toEqual(new Set(["one"]));
  expect(said.filter((message) => message.includes("the right is missing"))).toEqual([
    "Not replaced, with older values: one (the right is missing). The deployment waits for it. Give it, or replace by hand: `kubectl delete pod -n n one`.",
  ]);
});

test("a right that is given while the deployment waits is used: nobody has to deploy again", async () => {
  let asked = 0;
  const { job, evictions } = await makeJob("auto", () => (++asked > 5 ? null : noRight));
  expect(await prove.run(job)).toBe("3 containers proven to run it.");
  expect(evictions.slice(0, 5).flat()).toEqual(["one", "two", "three", "one", "two"]);
});

test("what passes by itself, as a budget without room does, is told only when the time is over", async () => {
  const budget = { why: "no room", next: null, passes: true };
  const { job, said } = await makeJob("auto", () => budget);
  await expect(prove.run(job)).rejects.toMatchObject({
    message: expect.stringContaining("Not replaced, with older values: "),
    facts: { next: expect.stringContaining("Replace by hand: `kubectl delete pod -n n ") },
  });
  expect(said).toEqual([]);
});

test("where the settings have them reported, none is replaced, all are named at once, and the time over it is no success", async () => {
  const { job, evictions, said } = await makeJob("auto", () => null, "report");
  const named = "Not replaced, with older values: one, two, three (the setting stragglers is report).";
  await expect(prove.run(job)).rejects.toMatchObject({
    code: "deployment_failed",
    message: expect.stringContaining(named),
    facts: { next: "Replace by hand: `kubectl delete pod -n n one two three`." },
  });
  expect(evictions).toEqual([]);
  expect(said).toEqual([
    `${named} The deployment waits for it. Replace by hand: \`kubectl delete pod -n n one two three\`.`,
  ]);
});
