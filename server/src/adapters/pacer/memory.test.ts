import { expect, test } from "vitest";
import type { Clock } from "../../ports/clock.ts";
import { createPacer } from "./memory.ts";

/** Time moves only when everybody sleeps: to the earliest waking. */
const fakeClock = (): Clock & { run(): Promise<void> } => {
  let now = 1_000_000;
  const sleepers: { at: number; wake: () => void }[] = [];
  return {
    now: () => now,
    sleep: async (ms, signal) =>
      await new Promise((resolve, reject) => {
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener("abort", () => {
          sleepers.splice(sleepers.indexOf(sleeper), 1);
          reject(signal.reason as Error);
        });
      }),
    run: async () => {
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        const [next] = sleepers.toSorted((a, b) => a.at - b.at);
        if (next === undefined) return;
        sleepers.splice(sleepers.indexOf(next), 1);
        now = Math.max(now, next.at);
        next.wake();
      }
    },
  };
};

const random = { bytes: (count: number) => new Uint8Array(count), fraction: () => 0, id: () => "" };

const make = () => {
  const clock = fakeClock();
  const pacer = createPacer({
    clock,
    random,
    rates: { "p:": { perSecond: 3, burst: 20 }, "": { perSecond: 1, burst: 1 } },
  });
  const began = clock.now();
  /** Takes `count` at once; answers when each was let go, in milliseconds. */
  const take = async (count: number): Promise<number[]> => {
    const times: number[] = [];
    for (let i = 0; i < count; i++) void pacer.take("p:here").then(() => times.push(clock.now() - began));
    await clock.run();
    return times;
  };
  return { clock, pacer, take };
};

test("a full bucket lets its burst go at once and the rest evenly", async () => {
  const { take } = make();
  const times = await take(100);
  expect(times.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 0));
  expect(times.at(20)).toBe(334);
  // Floor: 80 calls at 3 a second.
  expect(times.at(99)).toBeGreaterThanOrEqual(80_000 / 3);
  expect(times.at(99)).toBeLessThanOrEqual((80_000 / 3) * 1.005);
});

test("a rest fills the bucket up to its burst, not beyond", async () => {
  const { clock, take } = make();
  await take(20);
  void clock.sleep(3_600_000);
  await clock.run();
  const times = await take(21);
  expect(times[19]).toBe(times[0]);
  expect(times[20]).toBe((times[0] ?? 0) + 334);
});

test("a throttle empties the bucket and halves rate and burst, once for calls that left together", async () => {
  const { clock, pacer, take } = make();
  await take(10);
  for (let i = 0; i < 10; i++) await pacer.throttled("p:here");
  const times = await take(3);
  // 1.5 a second, already growing.
  expect(times[0]).toBeGreaterThan(640);
  expect(times[0]).toBeLessThanOrEqual(667);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(620);
  void clock.sleep(60_000);
  await clock.run();
  const later = await take(13);
  // A minute later the rate is whole again; the burst is still nearly half.
  expect(later[9]).toBe(later[0]);
  expect(later[10]).toBeGreaterThan(later[0] ?? 0);
  expect((later[12] ?? 0) - (later[11] ?? 0)).toBeLessThanOrEqual(334);
});

test("a call that waits is held back by a throttle that comes meanwhile", async () => {
  const { clock, pacer, take } = make();
  await take(20);
  const waiting = take(1);
  void clock.sleep(300).then(async () => await pacer.throttled("p:here"));
  const [at] = await waiting;
  expect(at).toBeGreaterThan(900);
});

test("whoever gives up leaves at once and costs nothing", async () => {
  const { clock, pacer, take } = make();
  await take(20);
  const gaveUp = new AbortController();
  const times: number[] = [];
  const began = clock.now();
  const note = () => times.push(clock.now() - began);
  void pacer.take("p:here").then(note);
  const aborted = pacer.take("p:here", gaveUp.signal);
  void pacer.take("p:here").then(note);
  gaveUp.abort(new Error("enough"));
  await expect(aborted).rejects.toThrow("enough");
  await clock.run();
  expect(times).toEqual([334, 667]);
});

test("what a number of calls takes is told without taking anything", async () => {
  const { pacer, take } = make();
  expect([pacer.expects("p:here", 19), pacer.expects("p:here", 50)]).toEqual([0, 10_000]);
  await take(20);
  expect(pacer.expects("p:here", 3)).toBe(1000);
  await pacer.throttled("p:here");
  expect(pacer.expects("p:here", 3)).toBe(2000);
});

test("buckets know nothing of each other, and the longest prefix counts", async () => {
  const { clock, pacer } = make();
  const began = clock.now();
  await pacer.take("other");
  let second = 0;
  void pacer.take("other").then(() => (second = clock.now() - began));
  await pacer.take("p:there");
  expect(clock.now()).toBe(began);
  await clock.run();
  expect(second).toBe(1000);
});
