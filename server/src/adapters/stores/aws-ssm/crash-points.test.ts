import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { stopAt, Stopped } from "../../../../../conformance/faults.ts";
import { commit, committed, contents, newTxn, remove, set, texts } from "../../../../../conformance/store-world.ts";
import { isLongRun, recordEvidence } from "../../../../../e2e/harness/evidence.ts";
import { Account, processOn } from "../../../../../e2e/harness/parameter-account.ts";
import type { Change, SecretStore, StoreScope } from "../../../ports/secret-store.ts";
import { createAwsSsm } from "../aws-ssm.ts";
import { CallFailed, type Parameters } from "./parameters.ts";

const scope: StoreScope = { appId: "a", app: "shop", environmentId: "e1", environment: "dev", slot: "live" };

/** A process of its own, that knows nothing of what others did. */
const openOn = (account: Account, wrap: (port: Parameters) => Parameters = (port) => port): SecretStore => {
  const { parameters, host } = processOn(account, Number.POSITIVE_INFINITY, true);
  return createAwsSsm({ connect: () => wrap(parameters) }).open(
    { region: "eu-west-1", prefix: "keyroll" },
    scope,
    host,
  );
};

/** One call is carried out and its reply is lost; the process goes on. */
const lostAt = (nth: number) => {
  const state = { met: false };
  let calls = 0;
  const wrap = (port: Parameters): Parameters =>
    new Proxy(port, {
      get:
        (target, name: keyof Parameters) =>
        async (...given: readonly unknown[]) => {
          const isHere = ++calls === nth;
          const answer = await (target[name] as (...all: readonly unknown[]) => Promise<unknown>)(...given);
          if (!isHere) return answer;
          state.met = true;
          throw new CallFailed("lost", name, "ECONNRESET");
        },
    });
  return { wrap, isMet: () => state.met };
};

const faultAt = (where: "before" | "after" | "lost", nth: number) => {
  if (where === "lost") return lostAt(nth);
  const faults = stopAt(nth, where);
  return { wrap: faults.wrap, isMet: () => faults.stopped };
};

/** A save of so many keys: the first one, on a revision that has them all, and with a record in several parts. */
interface Kind {
  readonly name: string;
  readonly before: (keys: readonly string[]) => readonly Change[];
  readonly keyLength: number;
}

const kinds: readonly Kind[] = [
  { name: "first", before: () => [], keyLength: 4 },
  { name: "next", before: (keys) => [...keys.map((key) => set(key, "old")), set("GONE", "old")], keyLength: 4 },
  { name: "parts", before: (keys) => keys.map((key) => set(key, "old")), keyLength: 200 },
];

/** Not compressible: what a record of long names needs is parts. */
const keysOf = (account: Account, { keyLength }: Kind, count: number): string[] =>
  Array.from({ length: count }, (_, i) => {
    let key = `K${i}_`;
    while (key.length < keyLength) key += Math.floor(account.chance() * 36).toString(36);
    return key;
  });

const textsOf = async (
  store: SecretStore,
  revision: number,
  keys: readonly string[],
): Promise<Record<string, string>> =>
  Object.fromEntries(
    [...(await store.read(revision, keys))].map(([key, value]) => [key, Buffer.from(value.expose()).toString()]),
  );

interface Play {
  readonly kind: Kind;
  readonly count: number;
  readonly where: "before" | "after" | "lost";
  readonly nth: number;
  /** What a fresh process does: the same transaction again, or a save of its own. */
  readonly ending: "again" | "anew";
}

interface Seen {
  readonly met: boolean;
  readonly acknowledged: boolean;
  readonly whole: boolean;
  readonly reads: number;
}

/** One save that is stopped or loses a reply, beside a reader, and what a fresh process finds and does. */
const play = async (seed: number, { kind, count, where, nth, ending }: Play): Promise<Seen> => {
  const at = `${kind.name} save of ${count} keys, ${where} ${nth}, ${ending}, seed ${seed}`;
  const account = new Account(seed);
  const keys = keysOf(account, kind, count);
  const start = kind.before(keys);
  if (start.length > 0) await committed(openOn(account), 0, start);
  account.now += 1000;
  const before = await contents(openOn(account));
  const base = before?.revision ?? 0;
  const changes = [...keys.map((key) => set(key, `new ${key.slice(0, 4)}`)), remove("GONE")];
  const after = { ...texts(Object.fromEntries(keys.map((key) => [key, `new ${key.slice(0, 4)}`]))) };
  const wholeAt = (found: Awaited<ReturnType<typeof contents>>): unknown =>
    found?.revision === base + 1 ? after : before?.values;

  const fault = faultAt(where, nth);
  const txn = newTxn();
  const state = { ended: false, reads: 0 };
  /** As the feature saves: what the commit needs is read before it, and what it wrote after it. */
  const saveOnce = async () => {
    const store = openOn(account, fault.wrap);
    await store.manifest({ atLeast: base, toSave: keys });
    const answer = await commit(store, base, changes, txn);
    if ("done" in answer) expect(texts(await textsOf(store, answer.done.revision, keys)), at).toEqual(after);
    return answer;
  };
  const work = saveOnce().finally(() => (state.ended = true));
  const readAlong = async (): Promise<void> => {
    const reader = openOn(account);
    do {
      const found = await contents(reader);
      expect(found?.values, at).toEqual(wholeAt(found));
      state.reads += 1;
    } while (!state.ended);
  };
  const [answer, read] = await Promise.allSettled([work, readAlong()]);
  if (read.status === "rejected") throw read.reason;

  // A process that knows nothing may be late itself: what is written is visible from here on.
  account.now += 1000;
  const left = await contents(openOn(account));
  expect(left?.values, at).toEqual(wholeAt(left));
  const isWhole = left?.revision === base + 1;
  if (answer.status === "fulfilled") {
    expect(answer.value, at).toMatchObject({ done: { revision: base + 1, txn } });
    expect(isWhole, at).toBe(true);
  } else {
    expect(answer.reason, at).toBeInstanceOf(Stopped);
  }
  if (ending === "again") {
    // Whoever asks again with the same transaction learns which it was, and it is there once.
    expect((await committed(openOn(account), base, changes, txn)).revision, at).toBe(base + 1);
    account.now += 1000;
    expect((await contents(openOn(account)))?.values, at).toEqual(after);
  } else {
    const next = await committed(openOn(account), left?.revision ?? 0, [set("MINE", "mine")]);
    expect(next.revision, at).toBe((left?.revision ?? 0) + 1);
    account.now += 1000;
    expect((await contents(openOn(account)))?.values, at).toEqual({ ...left?.values, ...texts({ MINE: "mine" }) });
    // The first one asks after all: its own revision, or a conflict with the one that came between.
    const asked = await commit(openOn(account), base, changes, txn);
    if (isWhole) expect(asked, at).toMatchObject({ done: { revision: base + 1, txn } });
    else expect(asked, at).toMatchObject({ conflict: { revision: next.revision, txn: next.txn } });
  }
  const revisions = (await openOn(account).revisions({ limit: 9 })).map(({ revision }) => revision);
  expect(revisions, at).toEqual(Array.from({ length: revisions.length }, (_, i) => revisions.length - i));
  return { met: fault.isMet(), acknowledged: answer.status === "fulfilled", whole: isWhole, reads: state.reads };
};

test("a save stopped before or after any call, or with any reply lost, is whole or absent, and says which", async () => {
  const seed = randomInt(2 ** 31);
  const total = { "crash points": 0, "saves acknowledged": 0, "found whole": 0, absent: 0, "reads beside": 0, torn: 0 };
  for (const kind of kinds)
    for (const count of [1, 10, 100])
      for (const where of ["before", "after", "lost"] as const)
        for (let nth = 1; ; nth += count < 100 || isLongRun ? 1 : 11 + (seed % 13)) {
          const seen = await play(seed, { kind, count, where, nth, ending: "again" });
          if (!seen.met) break;
          const other = await play(seed, { kind, count, where, nth, ending: "anew" });
          // One lost reply is no reason to fail.
          expect([seen.acknowledged, other.met]).toEqual([where === "lost" || seen.acknowledged, true]);
          total["crash points"] += 1;
          if (seen.acknowledged) total["saves acknowledged"] += 1;
          else total[seen.whole ? "found whole" : "absent"] += 1;
          total["reads beside"] += seen.reads + other.reads;
        }
  process.stdout.write(`aws-ssm crash points: ${JSON.stringify(total)}, seed ${seed}\n`);
  // A short run takes some of the calls of the large saves only.
  expect(total["crash points"]).toBeGreaterThanOrEqual(isLongRun ? 900 : 150);
  for (const what of ["saves acknowledged", "found whole", "absent", "reads beside"] as const)
    expect(total[what], what).toBeGreaterThan(0);
  recordEvidence(`Parameter Store: each call of a save of 1, 10 and 100 keys on a strict model (seed ${seed})`, total);
}, 600_000);

test("the parts of a record may be seen later than the record: a reader waits for them", async () => {
  const account = new Account(1);
  const keys = keysOf(account, { name: "parts", before: () => [], keyLength: 200 }, 100);
  await committed(
    openOn(account),
    0,
    keys.map((key) => set(key, "new")),
  );
  account.now += 1000;
  const seenFrom = account.now + 1000;
  const reader = openOn(account, (port) => ({
    ...port,
    get: async (selectors, signal) =>
      (await port.get(selectors, signal)).filter(
        ({ name }) => account.now >= seenFrom || !/\/\d{6}\.[^/]+$/u.test(name),
      ),
  }));
  expect(Object.keys((await contents(reader))?.values ?? {})).toHaveLength(100);
});
