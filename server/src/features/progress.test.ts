import { expect, test } from "vitest";
import { createProgress } from "./progress.ts";

let now = 0;
const start = () => {
  now = 1_700_000_000_000;
  return createProgress({ now: () => now, sleep: async () => undefined });
};

test("nothing is told before the store tells, and of a save without values", () => {
  const progress = start();
  expect([progress.share(), progress.now()]).toEqual([0, null]);
  progress.tell({ written: 0, of: 0, left: 0 });
  expect([progress.share(), progress.now()]).toEqual([0, null]);
});

test("the quota counts while it is slower than the calls were: after a burst the rest takes longer", () => {
  const progress = start();
  progress.tell({ written: 0, of: 44, left: 8700 });
  expect(progress.now()).toEqual({ written: 0, of: 44, secondsLeft: 9 });
  for (let written = 1; written <= 19; written++) {
    now += 20;
    progress.tell({ written, of: 44, left: 8300 });
  }
  expect(progress.share()).toBe(19 / 44);
  expect(progress.now()).toEqual({ written: 19, of: 44, secondsLeft: 9 });
  // What has passed since is not left any more.
  now += 2000;
  expect(progress.now()?.secondsLeft).toBe(7);
});

test("the pace of the last seconds counts while it is slower than the quota, and a standstill makes it longer", () => {
  const progress = start();
  progress.tell({ written: 0, of: 100, left: 0 });
  expect(progress.now()?.secondsLeft).toBeNull();
  for (let written = 1; written <= 40; written++) {
    now += written <= 20 ? 10 : 500;
    progress.tell({ written, of: 100, left: 1000 });
  }
  expect(progress.now()).toEqual({ written: 40, of: 100, secondsLeft: 30 });
  now += 5000;
  expect(progress.now()?.secondsLeft).toBeGreaterThan(30);
});

test("a save that is merged and written again begins anew", () => {
  const progress = start();
  for (let written = 0; written <= 10; written++) {
    now += 100;
    progress.tell({ written, of: 10, left: 0 });
  }
  progress.tell({ written: 0, of: 10, left: 0 });
  expect(progress.now()).toEqual({ written: 0, of: 10, secondsLeft: null });
  now += 1000;
  progress.tell({ written: 1, of: 10, left: 0 });
  expect(progress.now()).toEqual({ written: 1, of: 10, secondsLeft: 9 });
});
