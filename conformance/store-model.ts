import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isLongRun, recordEvidence } from "../e2e/harness/evidence.ts";
import type { SecretStore } from "../server/src/ports/secret-store.ts";
import { Secret, secretText } from "../server/src/ports/secret.ts";
import { commit, entryOf, newScope, newTxn, plain, remove, set, untouched, type StoreWorld } from "./store-world.ts";

const runs = isLongRun ? 400 : 15;
const keys = ["A", "B", "C", "D", "__proto__"] as const;

const aValue = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => secretText(text)),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => new Secret(bytes, true)),
);
const aChange = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...keys), aValue).map(([key, value]) => set(key, value)) },
  { weight: 1, arbitrary: fc.constantFrom(...keys).map((key) => remove(key)) },
);
/** A change set against the newest revision, or (`lag`) one that is older or does not exist yet. */
const aTry = fc.record({
  lag: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: -1, max: 3 }) }),
  changes: fc.array(aChange, { minLength: 1, maxLength: 4 }),
});
const aStep = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("commit" as const), tries: fc.tuple(aTry) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("commit" as const),
      tries: fc.array(aTry, { minLength: 2, maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("repeat" as const), ago: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("read" as const), ago: fc.nat(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("prune" as const), keep: fc.array(fc.nat(5), { maxLength: 3 }) }),
  },
);
type Step = typeof aStep extends fc.Arbitrary<infer S> ? S : never;
type Changes = typeof aTry extends fc.Arbitrary<infer T extends { changes: unknown }> ? T["changes"] : never;

interface Revision {
  readonly txn: string;
  readonly changes: Changes;
  readonly values: ReadonlyMap<string, Secret>;
  /** The revision in which each value was written. */
  readonly written: ReadonlyMap<string, number>;
}

/** What a store is, in memory. */
class Model {
  newest = 0;
  readonly kept = new Map<number, Revision>();

  apply(txn: string, changes: Changes): void {
    const values = new Map(this.kept.get(this.newest)?.values);
    const written = new Map(this.kept.get(this.newest)?.written);
    this.newest += 1;
    for (const change of changes) {
      values.delete(change.key);
      written.delete(change.key);
      if (change.op !== "set") continue;
      values.set(change.key, change.value);
      written.set(change.key, this.newest);
    }
    this.kept.set(this.newest, { txn, changes, values, written });
  }

  prune(keep: ReadonlySet<number>): void {
    for (const at of this.kept.keys()) if (at !== this.newest && !keep.has(at)) this.kept.delete(at);
  }
}

const agree = async (store: SecretStore, model: Model, at: number): Promise<void> => {
  const due = model.kept.get(at);
  const manifest = await store.manifest({ at });
  if (due === undefined) {
    expect(manifest).toBeNull();
    await expect(store.read(at)).rejects.toMatchObject({ code: "revision_gone" });
    return;
  }
  expect([manifest?.revision, manifest?.txn]).toEqual([at, due.txn]);
  expect(Object.fromEntries(manifest?.entries ?? [])).toEqual(
    Object.fromEntries([...due.values].map(([key, value]) => [key, entryOf(key, value, due.written.get(key) ?? 0)])),
  );
  expect(plain(await store.read(at))).toEqual(plain(due.values));
};

const race = async (
  storeAt: (index: number) => SecretStore,
  model: Model,
  tries: readonly { readonly lag: number; readonly changes: Changes }[],
): Promise<void> => {
  const base = model.newest;
  const sent = tries.map(({ lag, changes }) => ({ txn: newTxn(), expect: Math.max(0, base - lag), changes }));
  const answers = await Promise.all(
    sent.map(async (one, writer) => ({
      one,
      answer: await commit(storeAt(writer), one.expect, one.changes, one.txn),
    })),
  );
  const won = answers
    .flatMap(({ one, answer }) => ("done" in answer ? [{ ...one, revision: answer.done.revision }] : []))
    .toSorted((a, b) => a.revision - b.revision);
  // Revisions rise by one; whoever was based one ahead can win only after somebody else did.
  expect(won.map(({ revision }) => revision)).toEqual(won.map((_, place) => base + place + 1));
  expect(won.map((one) => one.expect)).toEqual(won.map((_, place) => base + place));
  if (sent.some((one) => one.expect === base)) expect(won).not.toHaveLength(0);
  for (const { txn, changes } of won) model.apply(txn, changes);
  for (const { answer } of answers) {
    if ("conflict" in answer) expect(answer.conflict?.revision ?? 0).toBeLessThanOrEqual(model.newest);
  }
  expect((await storeAt(0).manifest())?.revision ?? 0).toBe(model.newest);
};

/** The revisions that can be read are the model's, no more and no fewer. */
const agreeOnAll = async (store: SecretStore, model: Model, when: string): Promise<void> => {
  const readable = (await store.revisions({ limit: 1000 })).filter((one) => one.readable);
  expect(
    readable.map(({ revision }) => revision),
    when,
  ).toEqual([...model.kept.keys()].toSorted((a, b) => b - a));
};

/** Takes the steps with several stores of one environment, as several processes would, and compares with the model. */
const play = async (world: StoreWorld, steps: readonly Step[]): Promise<void> => {
  const scope = newScope();
  const stores = await Promise.all([1, 2, 3, 4].map(async () => await world.open(scope, untouched)));
  const storeAt = (index: number): SecretStore => stores[index % stores.length] ?? expect.fail("no store");
  const model = new Model();
  for (const [index, step] of steps.entries()) {
    const store = storeAt(index);
    if (step.do === "commit") await race((writer) => storeAt(index + writer), model, step.tries);
    if (step.do === "read") await agree(store, model, Math.max(1, model.newest - step.ago));
    if (step.do === "prune") {
      const keep = new Set(step.keep.map((ago) => model.newest - ago));
      while ((await store.upkeep.prune(keep, index)).more);
      model.prune(keep);
      await agreeOnAll(storeAt(index + 1), model, `after step ${index}, which kept ${[...keep].join(", ")}`);
    }
    const at = step.do === "repeat" ? model.newest - step.ago : 0;
    const earlier = model.kept.get(at);
    if (earlier === undefined) continue;
    expect(await commit(store, at - 1, earlier.changes, earlier.txn)).toMatchObject({
      done: { revision: at, txn: earlier.txn },
    });
  }
  for (let at = 1; at <= model.newest; at++) await agree(storeAt(at), model, at);
  await agreeOnAll(storeAt(0), model, "at the end");
  // What hundreds of schedules leave behind makes every listing of an emulator slower.
  await storeAt(0).upkeep.destroy("purge");
  expect(await storeAt(0).manifest()).toBeNull();
};

/** Random interleavings of commits, races, repeats, reads and prunes, against a plain model in memory. */
export const modelTest = (world: () => StoreWorld, name: string): void => {
  test("random interleavings agree with a plain model", async () => {
    const seed = Date.now() % 2 ** 31;
    let taken = 0;
    process.stdout.write(`${name}: ${runs} random schedules, seed ${seed}\n`);
    const schedules = fc.array(aStep, isLongRun ? { minLength: 8, maxLength: 30 } : { minLength: 1, maxLength: 12 });
    const property = fc.asyncProperty(schedules, async (steps) => {
      taken += steps.length;
      await play(world(), steps);
    });
    await fc.assert(property, {
      numRuns: runs,
      seed,
      // Shrinking runs against the real store as well: it ends in time.
      interruptAfterTimeLimit: isLongRun ? 2_000_000 : 300_000,
      markInterruptAsFailure: true,
    });
    expect(taken).toBeGreaterThanOrEqual(runs);
    recordEvidence(`${name}: random interleavings against a plain model (seed ${seed})`, {
      schedules: runs,
      steps: taken,
    });
  }, 2_100_000);
};
