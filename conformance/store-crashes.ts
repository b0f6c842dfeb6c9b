import { expect, test, vi } from "vitest";
import { recordEvidence } from "../e2e/harness/evidence.ts";
import type { SecretStore } from "../server/src/ports/secret-store.ts";
import { atEveryCall, stopAt, Stopped, type Faults } from "./faults.ts";
import {
  commit,
  committed,
  contents,
  newScope,
  newTxn,
  remove,
  set,
  untouched,
  type StoreWorld,
} from "./store-world.ts";

/** Lets a stopped world end; anything else that is thrown is a mistake of the adapter. */
const toTheStop = async (work: Promise<unknown>, faults: Faults): Promise<void> => {
  try {
    await work;
  } catch (error) {
    const causes = [error];
    for (let cause = error; cause instanceof Error; cause = cause.cause) causes.push(cause);
    if (!faults.stopped || !causes.some((cause) => cause instanceof Stopped)) throw error;
  }
};

const start = [set("KEEP", "kept"), set("CHANGE", "before"), set("GONE", "gone")];
const changes = [set("CHANGE", "after"), remove("GONE"), set("NEW", "new"), set("NEWER", "newer")];

/** A process that dies at any call leaves a store that is whole, and whoever asks again finishes the work. */
export const crashTests = (world: () => StoreWorld, name: string): void => {
  const twice = async (scope = newScope()): Promise<{ scope: typeof scope; clean: SecretStore }> => {
    const clean = await world().open(scope, untouched);
    await committed(clean, 0, start);
    return { scope, clean };
  };

  test("a crash at any call of a commit leaves all of it or nothing; the same transaction then ends at one revision", async () => {
    const before = await contents((await twice()).clean);
    let whole = 0;
    const stops = await atEveryCall(async (faults, at) => {
      const { scope, clean } = await twice();
      const txn = newTxn();
      const dying = await world().open(scope, faults.wrap);
      await toTheStop(commit(dying, 1, changes, txn), faults);
      const left = await contents(await world().open(scope, untouched));
      if (left?.revision !== 1) whole += 1;
      const done = await committed(clean, 1, changes, txn);
      expect([done.revision, done.txn], at).toEqual([2, txn]);
      const now = await contents(clean);
      expect(left, at).toEqual(left?.revision === 1 ? before : now);
      expect(Object.keys(now?.values ?? {}), at).toEqual(["CHANGE", "KEEP", "NEW", "NEWER"]);
      expect(
        (await clean.revisions({ limit: 9 })).map(({ revision }) => revision),
        at,
      ).toEqual([2, 1]);
    });
    // One before and one after the call that commits, at the least.
    expect(stops).toBeGreaterThan(1);
    expect(whole).toBeGreaterThan(0);
    recordEvidence(`${name}: a crash before or after each call of a commit`, { "crash points": stops, torn: 0 });
  }, 120_000);

  test("a crash at any call of the first commit leaves never saved or revision 1", async () => {
    await atEveryCall(async (faults, at) => {
      const scope = newScope();
      const txn = newTxn();
      await toTheStop(commit(await world().open(scope, faults.wrap), 0, start, txn), faults);
      const clean = await world().open(scope, untouched);
      const left = await contents(clean);
      expect((await committed(clean, 0, start, txn)).revision, at).toBe(1);
      const whole = await contents(clean);
      expect(Object.keys(whole?.values ?? {}), at).toEqual(["CHANGE", "GONE", "KEEP"]);
      expect(left, at).toEqual(left === null ? null : whole);
    });
  }, 120_000);

  test("a crash at any call of prune or destroy harms nothing that is kept, and asking again ends it", async () => {
    await atEveryCall(async (faults, at) => {
      const { scope, clean } = await twice();
      await committed(clean, 1, changes);
      await committed(clean, 2, [set("CHANGE", "last")]);
      const now = await contents(clean);
      const dying = await world().open(scope, faults.wrap);
      await toTheStop(dying.upkeep.prune(new Set([1]), 1), faults);
      expect(await contents(await world().open(scope, untouched)), at).toEqual(now);
      expect([...(await clean.read(1)).keys()].toSorted(), at).toEqual(["CHANGE", "GONE", "KEEP"]);
      while ((await clean.upkeep.prune(new Set([1]), 1)).more);
      expect(await clean.manifest({ at: 2 }), at).toBeNull();
      await toTheStop(dying.upkeep.destroy("purge"), faults);
      await clean.upkeep.destroy("purge");
      expect(await clean.manifest(), at).toBeNull();
    });
    await atEveryCall(async (faults, at) => {
      const { scope, clean } = await twice();
      await toTheStop((await world().open(scope, faults.wrap)).upkeep.destroy("soft"), faults);
      await clean.upkeep.destroy("soft");
      expect(await clean.manifest(), at).toBeNull();
    });
  }, 120_000);
};

/** For stores whose provider is shared: a transaction of our own database ends with its process. */
export const hangTest = (world: () => StoreWorld): void => {
  test("a writer that never comes back holds up nobody", async () => {
    for (let nth = 1; nth <= 3; nth++) {
      const faults = stopAt(nth, "before", "hangs");
      const scope = newScope();
      const clean = await world().open(scope, untouched);
      await committed(clean, 0, start);
      let hasEnded = false;
      void commit(await world().open(scope, faults.wrap), 1, changes).then(() => (hasEnded = true));
      await vi.waitUntil(() => faults.stopped || hasEnded, { timeout: 30_000 });
      // Its commit needs fewer calls: nothing was left to hang.
      if (!faults.stopped) break;
      expect((await committed(clean, 1, [set("OTHER", "writer")])).revision).toBe(2);
      expect(Object.keys((await contents(clean))?.values ?? {})).toContain("OTHER");
    }
  });
};
