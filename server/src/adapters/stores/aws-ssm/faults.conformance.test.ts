import { KeyrollError } from "@keyroll/contract/errors";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  commit,
  committed,
  contents,
  newScope,
  newTxn,
  remove,
  set,
  texts,
} from "../../../../../conformance/store-world.ts";
import { recordEvidence } from "../../../../../e2e/harness/evidence.ts";
import { startParameterStore, type ParameterStore } from "../../../../../e2e/harness/parameter-store.ts";
import { testHost } from "../../../../../e2e/harness/store-host.ts";
import type { SecretStore, StoreScope } from "../../../ports/secret-store.ts";
import { createAwsSsm } from "../aws-ssm.ts";

const settings = { region: "eu-west-1", prefix: `faults-${process.pid}` };
/** The same account twice: what happens to the writer's calls does not happen to the reader's. */
let writing: ParameterStore;
let reading: ParameterStore;
/** A kind whose client has connected to this emulator. */
const kindOn = async (emulator: ParameterStore, patience: number) => {
  process.env["AWS_ENDPOINT_URL_SSM"] = emulator.url;
  const kind = createAwsSsm({ patience });
  await kind.open(settings, newScope(), testHost()).manifest();
  return kind;
};
let writer: Awaited<ReturnType<typeof kindOn>>;
let reader: Awaited<ReturnType<typeof kindOn>>;

beforeAll(async () => {
  writing = await startParameterStore();
  reading = await startParameterStore();
  writer = await kindOn(writing, 500);
  reader = await kindOn(reading, 500);
});
afterAll(() => {
  writing?.stop();
  reading?.stop();
});
beforeEach(async () => {
  await writing.reset();
  await writing.config({ staleMs: 0, throttle: false, latencyMs: 0, shortPages: false });
});

const openWriter = (scope: StoreScope): SecretStore => writer.open(settings, scope, testHost());
const openReader = (scope: StoreScope): SecretStore => reader.open(settings, scope, testHost());

const oldValues = (count: number) =>
  Object.fromEntries(Array.from({ length: count + 1 }, (_, i) => [`K${i}`, `old ${i}`]));
const newValues = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`K${i}`, `new ${i}`]));
const setAll = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([key, value]) => set(key, value));

interface Point {
  readonly count: number;
  readonly nth: number;
  readonly do: "drop-before" | "drop-after";
}

const wholeAt = (revision: number | undefined, count: number) =>
  texts(revision === 1 ? oldValues(count) : newValues(count));

/** Reads as long as `work` lasts; every answer is one revision, whole. */
const readAlong = async (scope: StoreScope, count: number, work: Promise<unknown>): Promise<number> => {
  const store = openReader(scope);
  let reads = 0;
  const state = { ended: false };
  void work.then(
    () => (state.ended = true),
    () => (state.ended = true),
  );
  while (!state.ended) {
    const found = await contents(store);
    expect(found?.values).toEqual(wholeAt(found?.revision, count));
    reads += 1;
  }
  return reads;
};

/** A save of `count` keys (and one removal) on revision 1; true when the fault was met. */
const save = async ({ count, nth, do: what }: Point, times: number): Promise<{ met: boolean; reads: number }> => {
  const scope = newScope();
  await committed(openReader(scope), 0, setAll(oldValues(count)));
  const changes = [...setAll(newValues(count)), remove(`K${count}`)];
  const txn = newTxn();
  await writing.faults([{ name: scope.app, do: what, nth, times }]);
  const work = commit(openWriter(scope), 1, changes, txn);
  const along = readAlong(scope, count, work);
  const [answer] = await Promise.allSettled([work]);
  const reads = await along;
  const { actions } = await writing.log();
  const met = Object.values(actions).some((action: any) => action.faulted > 0);
  await writing.reset();
  const left = await contents(openReader(scope));
  const at = `${what} ${nth} of ${count} keys, ${times} times`;
  expect(left?.values, at).toEqual(wholeAt(left?.revision, count));
  if (answer.status === "fulfilled") {
    expect(answer.value, at).toMatchObject({ done: { revision: 2, txn } });
    expect(left?.revision, at).toBe(2);
  } else {
    expect(times, at).toBeGreaterThan(1);
    expect(answer.reason).toBeInstanceOf(KeyrollError);
    expect(answer.reason.code, at).toMatch(/^(provider_unreachable|indeterminate)$/u);
    // A definite no is one.
    if (answer.reason.code !== "indeterminate")
      expect([left?.revision, answer.reason.facts.changed]).toEqual([1, false]);
  }
  // Whoever asks again with the same transaction learns which it was.
  expect(await commit(openReader(scope), 1, changes, txn), at).toMatchObject({ done: { revision: 2, txn } });
  expect((await contents(openReader(scope)))?.values, at).toEqual(texts(newValues(count)));
  return { met, reads };
};

const atEveryCall = async (count: number, times: number): Promise<{ points: number; reads: number }> => {
  const total = { points: 0, reads: 0 };
  for (const what of ["drop-before", "drop-after"] as const) {
    for (let nth = 1; ; nth++) {
      const { met, reads } = await save({ count, nth, do: what }, times);
      total.reads += reads;
      if (!met) break;
      total.points += 1;
    }
  }
  return total;
};

test.each([1, 10])(
  "a save of %i keys is acknowledged, whichever one call or reply is lost",
  async (count) => {
    const { points, reads } = await atEveryCall(count, 1);
    // Newest record, each value, the record: before and after.
    expect(points).toBeGreaterThanOrEqual(2 * (count + 2));
    expect(reads).toBeGreaterThan(points);
    recordEvidence(`Parameter Store: a lost call or reply in a save of ${count} keys`, {
      points,
      "reads beside": reads,
      torn: 0,
    });
  },
  120_000,
);

test("when everything from one call on is lost, the save is whole or absent, and a definite no is one", async () => {
  const { points, reads } = await atEveryCall(1, 1_000_000);
  expect(points).toBeGreaterThanOrEqual(6);
  recordEvidence("Parameter Store: lost for good in the middle of a save", { points, "reads beside": reads, torn: 0 });
}, 240_000);

test("throttling and simultaneous updates are waited out; nothing is put twice and nothing fails", async () => {
  const scope = newScope();
  const slow = { "aws-ssm:put:": { perSecond: 20, burst: 19 }, "": { perSecond: 1000, burst: 1000 } };
  await writing.config({ throttle: true, rates: { put: 10, get: 1000 }, bursts: { put: 2, get: 1000 } });
  await writing.faults([
    { action: "PutParameter", do: "error", type: "TooManyUpdates", status: 400, nth: 3, times: 3 },
  ]);
  const store = writer.open(settings, scope, testHost(slow));
  const values = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`K${i}`, `v${i}`]));
  await committed(store, 0, setAll(values));
  const { actions } = await writing.log();
  expect(actions.PutParameter.throttled).toBeGreaterThan(0);
  expect(actions.PutParameter.faulted).toBe(3);
  // 25 values, the digest key and the record.
  expect(actions.PutParameter.ok).toBe(27);
  expect((await contents(openReader(scope)))?.values).toEqual(texts(values));
}, 60_000);

test("two who save one key at once: the second waits for the first, at the account's pace, and is then a conflict", async () => {
  const scope = newScope();
  await committed(openReader(scope), 0, [set("A", "1")]);
  const host = testHost();
  let slowed = 0;
  const pacer = { ...host.pacer, throttled: async () => void (slowed += 1) };
  await writing.faults([{ action: "PutParameter", name: `${scope.environment}/A`, do: "delay", ms: 60_000 }]);
  const first = commit(openWriter(scope), 1, [set("A", "first")]);
  await expect.poll(async () => (await writing.log()).actions.PutParameter?.faulted).toBe(1);
  const second = commit(writer.open(settings, scope, { ...host, pacer }), 1, [set("A", "second")]);
  const refused = async () => (await writing.log()).calls.map(({ outcome }) => outcome);
  await expect.poll(refused).toContain("TooManyUpdates");
  // The first goes on.
  await writing.faults([]);
  const outcomes = [await first, await second].map((made) => ("done" in made ? "done" : "conflict"));
  expect(outcomes.toSorted()).toEqual(["conflict", "done"]);
  expect(slowed).toBe(0);
  const winner = outcomes[0] === "done" ? "first" : "second";
  expect((await contents(openReader(scope)))?.values).toEqual(texts({ A: winner }));
});

test("an account that never stops throttling is told so, and nothing is saved", async () => {
  const scope = newScope();
  await committed(openReader(scope), 0, [set("A", "1")]);
  await writing.faults([{ action: "PutParameter", do: "throttle", times: 1_000_000 }]);
  await expect(commit(openWriter(scope), 1, [set("A", "2")])).rejects.toMatchObject({
    code: "provider_throttled",
    facts: { changed: false },
  });
  expect((await writing.log()).actions.PutParameter.throttled).toBe(10);
  expect((await contents(openReader(scope)))?.revision).toBe(1);
}, 60_000);

test("reads that lag behind writes are waited out, by the writer and by whoever knows the revision", async () => {
  const scope = newScope();
  const lagging = await startParameterStore({ staleMs: 700, shortPages: true });
  try {
    const mine = (await kindOn(lagging, 3000)).open(settings, scope, testHost());
    for (let revision = 0; revision < 4; revision++) {
      await committed(mine, revision, [set("A", String(revision + 1)), set(`K${revision}`, "new")]);
      expect((await mine.read(revision + 1)).size).toBe(revision + 2);
      // Another process, which was told the number by the database.
      const other = (await kindOn(lagging, 3000)).open(settings, scope, testHost());
      expect((await other.manifest({ atLeast: revision + 1 }))?.revision).toBe(revision + 1);
      expect((await other.manifest({ at: revision + 1 }))?.revision).toBe(revision + 1);
    }
  } finally {
    lagging.stop();
  }
}, 60_000);
