import { randomInt } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isLongRun, recordEvidence } from "../../../../../e2e/harness/evidence.ts";
import { Account, Crash, processOn } from "../../../../../e2e/harness/parameter-account.ts";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Change, SecretStore, StoreScope } from "../../../ports/secret-store.ts";
import { secretText } from "../../../ports/secret.ts";
import { createAwsSsm } from "../aws-ssm.ts";

/** Longer than any save may last, so that pruning has something to do. Milliseconds. */
const dayAndMore = 25 * 3_600_000;

const scope: StoreScope = { appId: "a", app: "shop", environmentId: "e1", environment: "dev", slot: "live" };
const settings = { region: "eu-west-1", prefix: "keyroll" };

const openOn = (account: Account, lastCall = Number.POSITIVE_INFINITY): SecretStore => {
  const { parameters, host } = processOn(account, lastCall);
  return createAwsSsm({ connect: () => parameters }).open(settings, scope, host);
};

type Contents = Readonly<Record<string, string>>;

const apply = (contents: Contents, changes: readonly Change[]): Contents => {
  const next: Record<string, string> = { ...contents };
  for (const change of changes) {
    if (change.op === "remove") delete next[change.key];
    if (change.op === "set") next[change.key] = Buffer.from(change.value.expose()).toString();
  }
  return next;
};

const contentsOf = async (store: SecretStore, at: number): Promise<Contents> =>
  Object.fromEntries([...(await store.read(at))].map(([key, value]) => [key, Buffer.from(value.expose()).toString()]));

/** Asks until there is an answer: of the service's bad luck, nothing is to be seen here. */
const insist = async <T>(ask: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof KeyrollError && /^provider_(throttled|unreachable)$/u.test(error.code))) throw error;
    }
  }
};

interface World {
  readonly account: Account;
  /** Every transaction that was ever tried. */
  readonly tried: Map<string, { readonly expect: number; readonly changes: readonly Change[] }>;
  /** Those that were answered: the revision, or null for a definite no. */
  readonly answered: Map<string, number | null>;
  counts: { commits: number; crashes: number; conflicts: number; indeterminate: number; reads: number; pruned: number };
}

const keys = ["A", "B", "C", "D"] as const;

/** A process that saves until it dies or has saved enough, merging after conflicts as the feature does. */
const writer = async (world: World, name: string): Promise<void> => {
  const { account, tried, answered, counts } = world;
  const store = openOn(
    account,
    account.chance() < 0.4 ? 1 + Math.floor(account.chance() * 14) : Number.POSITIVE_INFINITY,
  );
  for (let save = 0; save < 3; save++) {
    const txn = `${name}-${save}`;
    const changes = keys.flatMap((key): Change[] => {
      const luck = account.chance();
      if (luck < 0.3) return [{ op: "set", key, value: secretText(luck < 0.02 ? "" : `${txn}-${key}`) }];
      return luck < 0.4 ? [{ op: "remove", key }] : [];
    });
    for (let attempt = 0; attempt < 4; attempt++) {
      try {
        const sets = changes.flatMap(({ op, key }) => (op === "set" ? [key] : []));
        // What the feature does, and what a process does that knows a revision from elsewhere.
        const newest = await store.manifest(account.chance() < 0.7 ? { toSave: sets } : {});
        const expected = newest?.revision ?? 0;
        const compared = sets.filter((key) => newest?.entries.has(key) === true && account.chance() < 0.5);
        if (compared.length > 0) await store.read(expected, compared);
        tried.set(txn, { expect: expected, changes });
        const answer = await store.commit(
          { expect: expected, txn, changes },
          { signal: new AbortController().signal, progress: () => undefined },
        );
        counts.commits += 1;
        if ("done" in answer) {
          answered.set(txn, answer.done.revision);
          const back = await insist(async () => await contentsOf(store, answer.done.revision));
          for (const [key, value] of Object.entries(apply({}, changes))) expect(back[key], key).toBe(value);
          world.counts.reads += 1;
          break;
        }
        counts.conflicts += 1;
        answered.set(txn, null);
      } catch (error) {
        if (error instanceof Crash) {
          answered.delete(txn);
          counts.crashes += 1;
          return;
        }
        if (!(error instanceof KeyrollError)) throw error;
        if (error.code === "indeterminate") {
          answered.delete(txn);
          counts.indeterminate += 1;
        } else {
          expect(error.code).toMatch(/^provider_(throttled|unreachable)$/u);
          answered.set(txn, null);
        }
        break;
      }
    }
  }
};

/** Reads while others write: whatever revision it meets is whole, and of one piece. */
const reader = async (world: World, seen: Map<number, Contents>): Promise<void> => {
  const store = openOn(world.account);
  for (let i = 0; i < 4; i++) {
    const manifest = await insist(async () => await store.manifest());
    if (manifest === null) continue;
    const contents = await insist(async () => await contentsOf(store, manifest.revision));
    expect(seen.get(manifest.revision) ?? contents).toEqual(contents);
    seen.set(manifest.revision, contents);
    world.counts.reads += 1;
  }
};

const play = async (seed: number): Promise<World> => {
  const world: World = {
    account: new Account(seed),
    tried: new Map(),
    answered: new Map(),
    counts: { commits: 0, crashes: 0, conflicts: 0, indeterminate: 0, reads: 0, pruned: 0 },
  };
  const { account } = world;
  const seen = new Map<number, Contents>();
  const txnOf = new Map<number, string>();
  for (let round = 0; round < 4; round++) {
    await Promise.all([...[0, 1, 2].map(async (n) => await writer(world, `${round}.${n}`)), reader(world, seen)]);
    // A process that knows nothing may be late itself: what is written is visible from here on.
    account.now += 1000;
    const store = openOn(account);
    const newest = await insist(async () => await store.manifest());
    for (const { revision } of await insist(async () => await store.revisions({ limit: 1000 }))) {
      const manifest = await insist(async () => await store.manifest({ at: revision }));
      const txn = manifest?.txn ?? "";
      // Never another record under the same number.
      expect(txnOf.get(revision) ?? txn).toBe(txn);
      txnOf.set(revision, txn);
    }
    expect([...txnOf.keys()].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: newest?.revision ?? 0 }, (_, i) => i + 1),
    );
    // The history is what the transactions say, one upon the other.
    let contents: Contents = {};
    for (let revision = 1; revision <= (newest?.revision ?? 0); revision++) {
      contents = apply(
        contents,
        world.tried.get(txnOf.get(revision) ?? "")?.changes ?? expect.fail("a foreign record"),
      );
      if (seen.has(revision)) expect(seen.get(revision)).toEqual(contents);
    }
    if (newest !== null) expect(await insist(async () => await contentsOf(store, newest.revision))).toEqual(contents);
    const revisionOf = new Map([...txnOf].map(([revision, txn]) => [txn, revision]));
    expect(revisionOf.size, "one transaction, one revision").toBe(txnOf.size);
    for (const [txn, revision] of world.answered) expect(revisionOf.get(txn) ?? null, txn).toBe(revision);
    if (newest !== null) {
      const { txn } = newest;
      const again = { txn, expect: newest.revision - 1, changes: world.tried.get(txn)?.changes ?? [] };
      const options = { signal: new AbortController().signal, progress: () => undefined };
      expect(await insist(async () => await openOn(account).commit(again, options))).toEqual({ done: newest });
    }
    account.now += dayAndMore;
    const keep = new Set([...txnOf.keys()].filter(() => account.chance() < 0.5));
    const before = account.parameters.size;
    for (;;) {
      const pruner = openOn(
        account,
        account.chance() < 0.3 ? 1 + Math.floor(account.chance() * 12) : Number.POSITIVE_INFINITY,
      );
      try {
        if (!(await insist(async () => await pruner.upkeep.prune(keep, round))).more) break;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
    }
    world.counts.pruned += before - account.parameters.size;
  }
  return world;
};

test("three writers, crashes, lost replies, stale reads, pruning: no lost update, no mixture, no missing pin", async () => {
  const seed = randomInt(2 ** 31);
  const runs = isLongRun ? 20_000 : 200;
  process.stdout.write(`aws-ssm protocol: ${runs} schedules, seed ${seed}\n`);
  const total = { schedules: 0, calls: 0, commits: 0, crashes: 0, conflicts: 0, indeterminate: 0, reads: 0, pruned: 0 };
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (schedule) => {
      const { counts, account } = await play(schedule);
      total.schedules += 1;
      total.calls += account.calls;
      for (const name of ["commits", "crashes", "conflicts", "indeterminate", "reads", "pruned"] as const)
        total[name] += counts[name];
    }),
    { seed, numRuns: runs },
  );
  process.stdout.write(`aws-ssm protocol: ${JSON.stringify(total)}\n`);
  // A model in which nothing goes wrong proves nothing.
  for (const figure of Object.values(total)) expect(figure).toBeGreaterThan(0);
  recordEvidence(`Parameter Store's commit protocol on a strict model (seed ${seed})`, total);
}, 1_800_000);
