import { inspect } from "node:util";
import { KeyrollError } from "@keyroll/contract/errors";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { placesOf } from "../e2e/harness/canary.ts";
import type { SecretStore, StoreScope } from "../server/src/ports/secret-store.ts";
import { secretText } from "../server/src/ports/secret.ts";
import { crashTests, hangTest } from "./store-crashes.ts";
import { modelTest } from "./store-model.ts";
import { networkTests } from "./store-network.ts";
import { purgeTest } from "./store-purge.ts";
import {
  commit,
  committed,
  contents,
  difficultPairs,
  entryOf,
  newScope,
  newTxn,
  plain,
  remove,
  set,
  texts,
  untouched,
  type StoreWorld,
} from "./store-world.ts";

/** The error of a promise that must not resolve. */
const refusal = async (what: Promise<unknown>): Promise<unknown> =>
  await what.then(
    (answer) => {
      throw new Error(`answered instead of refusing: ${inspect(answer)}`);
    },
    (error: unknown) => error,
  );

const codeOf = (error: unknown): string => (error instanceof KeyrollError ? error.code : inspect(error));

/**
 * What every `SecretStore` promises (server/src/ports/secret-store.ts), as tests of the adapter that `setUp` gives.
 * A `networked` one has the `network` of its world as its only way to the provider, and is tested without it too.
 * Call it at the top of a `*.conformance.test.ts`; each test takes environments of its own, so a service that
 * others use as well is no harm.
 */
export const secretStoreConformance = (
  name: string,
  { networked, setUp }: { readonly networked: boolean; readonly setUp: () => Promise<StoreWorld> },
): void => {
  describe(`the store ${name}`, () => {
    let world: StoreWorld;
    beforeAll(async () => {
      world = await setUp();
    }, 60_000);
    afterAll(async () => await world?.close());

    const open = async (scope: StoreScope = newScope()): Promise<SecretStore> => await world.open(scope, untouched);

    test("what was never saved is null, and reading it is an error", async () => {
      const store = await open();
      expect(await store.manifest()).toBeNull();
      expect(await store.manifest({ atLeast: 0 })).toBeNull();
      expect(await store.manifest({ at: 1 })).toBeNull();
      expect(await store.revisions({ limit: 10 })).toEqual([]);
      expect(await store.upkeep.inspect()).toEqual([]);
      expect(codeOf(await refusal(store.read(1)))).toBe("revision_gone");
    });

    test("100 pairs come back byte for byte, also in another process; the manifest tells their size", async () => {
      const scope = newScope();
      const pairs = difficultPairs(world.capabilities);
      expect(pairs.size).toBe(100);
      const done = await committed(
        await open(scope),
        0,
        [...pairs].map(([key, value]) => set(key, value)),
      );
      const store = await open(scope);
      expect(plain(await store.read(done.revision))).toEqual(plain(pairs));
      const manifest = await store.manifest();
      expect(manifest).toEqual(done);
      const told = [...(manifest?.entries.values() ?? [])].toSorted((a, b) => (a.key < b.key ? -1 : 1));
      const due = [...pairs].map(([key, value]) => entryOf(key, value, 1)).toSorted((a, b) => (a.key < b.key ? -1 : 1));
      expect(told).toEqual(due);
      expect([...(manifest?.entries.keys() ?? [])].toSorted()).toEqual([...pairs.keys()].toSorted());
    });

    test("set, remove and rename count against the revision before; untouched keys keep theirs", async () => {
      const store = await open();
      const before = Date.now();
      await committed(store, 0, [set("A", "1"), set("B", "2"), set("C", "3")]);
      // A rename is a remove and a set; a swap is two sets; a set after a remove of the same key stays.
      const second = await committed(store, 1, [remove("A"), set("D", "1"), set("B", "two")]);
      expect(Object.fromEntries([...second.entries].map(([key, entry]) => [key, entry.revision]))).toEqual({
        B: 2,
        C: 1,
        D: 2,
      });
      await committed(store, 2, [set("B", "1"), set("D", "two")]);
      await committed(store, 3, [remove("D"), remove("C"), set("C", "again"), remove("NEVER_THERE")]);
      const last = await committed(store, 4, [remove("B"), remove("C")]);
      expect([last.revision, last.entries.size]).toEqual([5, 0]);
      expect((await store.manifest())?.revision).toBe(5);
      expect(plain(await store.read(5))).toEqual({});
      expect(plain(await store.read(4))).toEqual(texts({ B: "1", C: "again" }));
      expect(plain(await store.read(3))).toEqual(texts({ B: "1", C: "3", D: "two" }));
      expect(last.at).toBeGreaterThanOrEqual(before - 1000);
      expect(last.at).toBeLessThanOrEqual(Date.now() + 1000);
    });

    test("a commit against another revision than the newest changes nothing and answers with the newest", async () => {
      const scope = newScope();
      const store = await open(scope);
      expect(await commit(store, 3, [set("A", "early")])).toEqual({ conflict: null });
      expect(await store.manifest()).toBeNull();
      await committed(store, 0, [set("A", "1")]);
      await committed(store, 1, [set("A", "2"), set("B", "2")]);
      const newest = await store.manifest();
      for (const expected of [0, 1, 3, 99]) {
        expect(await commit(store, expected, [set("A", "mine"), remove("B"), set("C", "mine")])).toEqual({
          conflict: newest,
        });
      }
      expect(await store.manifest()).toEqual(newest);
      expect(await contents(await open(scope))).toEqual({
        revision: 2,
        values: texts({ A: "2", B: "2" }),
      });
      expect((await store.revisions({ limit: 10 })).map(({ revision }) => revision)).toEqual([2, 1]);
    });

    test("the same transaction twice is one revision, also later and from another process", async () => {
      const scope = newScope();
      const store = await open(scope);
      const [first, second] = [newTxn(), newTxn()];
      const made = await committed(store, 0, [set("A", "1")], first);
      expect(made.txn).toBe(first);
      expect(await committed(store, 0, [set("A", "1")], first)).toEqual(made);
      const next = await committed(store, 1, [set("A", "2")], second);
      expect(await committed(await open(scope), 0, [set("A", "1")], first)).toEqual(made);
      await committed(store, 2, [set("B", "3")]);
      expect(await committed(await open(scope), 1, [set("A", "2")], second)).toEqual(next);
      expect((await store.manifest())?.revision).toBe(3);
      expect((await contents(store))?.values).toEqual(texts({ A: "2", B: "3" }));
    });

    test("an old revision reads as it was, whole or in parts; a missing key or revision is an error", async () => {
      const store = await open();
      for (let revision = 0; revision < 4; revision++) {
        await committed(store, revision, [set("A", `a${revision + 1}`), set(`K${revision + 1}`, "k")]);
      }
      for (let revision = 1; revision <= 4; revision++) {
        const values = await store.read(revision);
        expect([...values.keys()].toSorted()).toEqual(["A", "K1", "K2", "K3", "K4"].slice(0, revision + 1));
        expect(values.get("A")?.equals(secretText(`a${revision}`))).toBe(true);
        const manifest = await store.manifest({ at: revision });
        expect([manifest?.revision, manifest?.entries.get("A")?.revision]).toEqual([revision, revision]);
        expect(manifest?.entries.get("K1")?.revision).toBe(1);
      }
      expect(plain(await store.read(3, ["K2", "A"]))).toEqual(texts({ K2: "k", A: "a3" }));
      expect(plain(await store.read(3, []))).toEqual({});
      expect(codeOf(await refusal(store.read(2, ["A", "K3"])))).toBe("not_found");
      expect(codeOf(await refusal(store.read(5)))).toBe("revision_gone");
      expect(await store.manifest({ at: 5 })).toBeNull();
      expect((await store.manifest({ atLeast: 4 }))?.revision).toBe(4);
    });

    test("the history is newest first, in pages", async () => {
      const store = await open();
      const times: number[] = [];
      for (let revision = 0; revision < 7; revision++) {
        times.unshift((await committed(store, revision, [set("A", String(revision))])).at);
      }
      const all = await store.revisions({ limit: 100 });
      expect(all.map(({ revision, readable }) => [revision, readable])).toEqual(
        [7, 6, 5, 4, 3, 2, 1].map((revision) => [revision, true]),
      );
      // A provider's own time of a version may differ from ours by its clock and its rounding.
      for (const [index, { at }] of all.entries()) expect(Math.abs(at - (times[index] ?? 0))).toBeLessThan(5000);
      const numbers = async (page: { before?: number; limit: number }) =>
        (await store.revisions(page)).map(({ revision }) => revision);
      expect(await numbers({ limit: 3 })).toEqual([7, 6, 5]);
      expect(await numbers({ before: 5, limit: 3 })).toEqual([4, 3, 2]);
      expect(await numbers({ before: 2, limit: 3 })).toEqual([1]);
      expect(await numbers({ before: 1, limit: 3 })).toEqual([]);
    });

    test("of 20 writers at once exactly one wins each round, and nobody's keys are lost", async () => {
      const scope = newScope();
      const writers = await Promise.all(Array.from({ length: 20 }, async () => await open(scope)));
      for (let round = 0; round < 3; round++) {
        const answers = await Promise.all(
          writers.map(async (store, writer) => await commit(store, round, [set(`R${round}`, `w${writer}`)])),
        );
        const won = answers.flatMap((answer, writer) => ("done" in answer ? [writer] : []));
        expect(won, `round ${round}`).toHaveLength(1);
        const lost = answers.flatMap((answer) => ("conflict" in answer ? [answer.conflict?.revision] : []));
        expect(lost).toEqual(Array.from({ length: 19 }, () => round + 1));
        const now = await contents(await open(scope));
        expect(now?.revision).toBe(round + 1);
        expect(now?.values[`R${round}`]).toBe(texts({ W: `w${won[0]}` })["W"]);
      }
      const revisions = await Promise.all(
        writers.slice(0, 8).map(async (store, writer) => {
          for (let expected = 3; ;) {
            const answer = await commit(store, expected, [set(`W${writer}`, "here")]);
            if ("done" in answer) return answer.done.revision;
            expected = answer.conflict?.revision ?? 0;
          }
        }),
      );
      expect(revisions.toSorted((a, b) => a - b)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
      const keys = Object.keys((await contents(await open(scope)))?.values ?? {});
      expect(keys).toEqual(["R0", "R1", "R2", "W0", "W1", "W2", "W3", "W4", "W5", "W6", "W7"]);
    });

    test("prune keeps the newest revision and those named, whole; the others are gone, not half there", async () => {
      const scope = newScope();
      const store = await open(scope);
      for (let revision = 0; revision < 6; revision++) {
        await committed(store, revision, [set("A", `a${revision + 1}`), set(`K${(revision + 1) % 3}`, `k${revision}`)]);
      }
      const [second, newest] = [plain(await store.read(2)), plain(await store.read(6))];
      while ((await store.upkeep.prune(new Set([2, 4]), 1)).more);
      for (const at of [1, 3, 5]) {
        expect(codeOf(await refusal(store.read(at))), `revision ${at}`).toBe("revision_gone");
        expect(await store.manifest({ at })).toBeNull();
      }
      const readable = (await store.revisions({ limit: 100 })).filter((one) => one.readable);
      expect(readable.map(({ revision }) => revision)).toEqual([6, 4, 2]);
      expect(plain(await store.read(2))).toEqual(second);
      expect((await store.read(4)).get("A")?.equals(secretText("a4"))).toBe(true);
      expect(await contents(await open(scope))).toEqual({ revision: 6, values: newest });
      while ((await store.upkeep.prune(new Set(), 2)).more);
      expect(codeOf(await refusal(store.read(2)))).toBe("revision_gone");
      expect((await committed(store, 6, [set("A", "a7")])).revision).toBe(7);
      expect(plain(await store.read(6))).toEqual(newest);
    });

    test.each(["soft", "purge"] as const)("destroyed (%s) is as never saved, and can be saved anew", async (mode) => {
      const scope = newScope();
      const store = await open(scope);
      await committed(store, 0, [set("OLD", "1")]);
      await committed(store, 1, [set("OLD", "2")]);
      await store.upkeep.destroy(mode);
      for (const one of [store, await open(scope)]) {
        expect(await one.manifest()).toBeNull();
        expect((await one.revisions({ limit: 10 })).filter(({ readable }) => readable)).toEqual([]);
        expect(codeOf(await refusal(one.read(2)))).toBe("revision_gone");
        expect(await commit(one, 2, [set("OLD", "3")])).toEqual({ conflict: null });
      }
      // Destroying what is gone is no error: a caller that crashed asks again.
      await store.upkeep.destroy(mode);
      const anew = await committed(store, 0, [set("NEW", "1")]);
      expect([...anew.entries.keys()]).toEqual(["NEW"]);
      expect(await contents(await open(scope))).toEqual({
        revision: anew.revision,
        values: texts({ NEW: "1" }),
      });
      expect((await committed(store, anew.revision, [set("NEW", "2")])).revision).toBe(anew.revision + 1);
    });

    test("environments do not see each other, also when one name begins with the other's", async () => {
      const one = newScope();
      const scopes = [one, { ...one, environmentId: `${one.environmentId}-2`, environment: "dev-2" }, newScope()];
      const stores = await Promise.all(scopes.map(open));
      for (const [index, store] of stores.entries()) await committed(store, 0, [set("A", `value ${index}`)]);
      await stores[1]?.upkeep.destroy("purge");
      expect(await stores[1]?.manifest()).toBeNull();
      for (const index of [0, 2]) {
        const store = await open(scopes[index]);
        expect((await store.read(1)).get("A")?.equals(secretText(`value ${index}`))).toBe(true);
        expect((await store.revisions({ limit: 10 })).length).toBe(1);
      }
    });

    test("no answer but read, and no error, holds a value", async () => {
      const canary = `canary-${newScope().appId}-canary`;
      const store = await open();
      const said: unknown[] = [await commit(store, 0, [set("A", canary), set("B", `${canary}\n`)])];
      said.push(await commit(store, 0, [set("A", `${canary}2`)]), await commit(store, 1, [set("A", `${canary}3`)]));
      said.push(await store.manifest(), await store.revisions({ limit: 5 }), await store.upkeep.inspect());
      said.push(await refusal(store.read(9)), await refusal(store.read(2, ["MISSING"])));
      const stop = AbortSignal.abort(new Error("stopped"));
      const aborted = { expect: 2, txn: newTxn(), changes: [set("A", canary)] };
      said.push(
        await store.commit(aborted, { signal: stop, progress: () => undefined }).catch((error: unknown) => error),
      );
      const places = new Map(
        said.map((one, index) => [`${index}`, inspect(one, { depth: Infinity, showHidden: true })]),
      );
      expect(placesOf(canary, places)).toEqual([]);
    });
    purgeTest(open);
    crashTests(() => world, name);
    if (networked) {
      hangTest(() => world);
      networkTests(() => world);
    }
    modelTest(() => world, name);
  });
};
