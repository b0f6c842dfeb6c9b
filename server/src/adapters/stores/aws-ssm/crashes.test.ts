import { expect, test } from "vitest";
import { stopAt, Stopped, type Faults } from "../../../../../conformance/faults.ts";
import {
  commit,
  committed,
  contents,
  remove,
  set,
  texts,
  untouched,
  type Wrap,
} from "../../../../../conformance/store-world.ts";
import { isLongRun, recordEvidence } from "../../../../../e2e/harness/evidence.ts";
import { Account, processOn } from "../../../../../e2e/harness/parameter-account.ts";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Change, SecretStore, StoreScope } from "../../../ports/secret-store.ts";
import { createAwsSsm } from "../aws-ssm.ts";
import { CallFailed } from "./parameters.ts";

const scope: StoreScope = { appId: "a", app: "shop", environmentId: "e1", environment: "dev", slot: "live" };
const settings = { region: "eu-west-1", prefix: "keyroll" };

/** A process that has seen nothing yet. */
const openOn = (account: Account, wrap: Wrap = untouched): SecretStore => {
  const { parameters, host } = processOn(account, Number.POSITIVE_INFINITY);
  return createAwsSsm({ connect: () => wrap(parameters) }).open(settings, scope, host);
};

type Values = Readonly<Record<string, string>>;

/** One save, from what was there to what it makes. */
interface Save {
  readonly from: Values | null;
  readonly changes: readonly Change[];
  readonly to: Values;
}

const valuesOf = (names: readonly string[], text: string): Values =>
  Object.fromEntries(names.map((name) => [name, `${text} of ${name}`]));
const setAll = (values: Values): Change[] => Object.entries(values).map(([key, value]) => set(key, value));

const first = (names: readonly string[]): Save => {
  const to = valuesOf(names, "first");
  return { from: null, changes: setAll(to), to };
};
/** All keys anew, and one more that goes. */
const later = (names: readonly string[]): Save => {
  const to = valuesOf(names, "new");
  return { from: { ...valuesOf(names, "old"), GONE: "old" }, changes: [...setAll(to), remove("GONE")], to };
};
const named = (count: number): string[] => Array.from({ length: count }, (_, i) => `SERVICE_${i}_PASSWORD`);
/** So long that their record needs parts of its own. */
const long = Array.from({ length: 100 }, (_, i) =>
  Array.from({ length: 60 }, (_, at) => ((i * 7919 + at * 104_729) % 36).toString(36)).join(`${i}`),
);

/** The reply to the `nth` call never arrives; the call was carried out, and the process goes on. */
const loseReply = (nth: number): Faults => {
  let calls = 0;
  return {
    wrap: (port) =>
      new Proxy(port, {
        get: (target, name) => {
          const method: unknown = Reflect.get(target, name, target);
          if (typeof method !== "function") return method;
          return async (...given: unknown[]): Promise<unknown> => {
            const isIt = ++calls === nth;
            const answer: unknown = await Reflect.apply(method, target, given);
            if (isIt) throw new CallFailed("lost", String(name), "ECONNRESET");
            return answer;
          };
        },
      }),
    get stopped() {
      return calls >= nth;
    },
  };
};

const kinds: Readonly<Record<string, (nth: number) => Faults>> = {
  "stopped before": (nth) => stopAt(nth, "before"),
  "stopped after": (nth) => stopAt(nth, "after"),
  "reply lost": loseReply,
};

/** Saves with one fault and recovers; false: the save ended before the fault was reached. */
const saveWith = async (save: Save, faults: Faults, at: string): Promise<{ met: boolean; whole: boolean }> => {
  const account = new Account(null);
  const base = save.from === null ? 0 : 1;
  if (save.from !== null) await committed(openOn(account), 0, setAll(save.from));
  const before = await contents(openOn(account));
  const txn = "the save";
  const [answer] = await Promise.allSettled([commit(openOn(account, faults.wrap), base, save.changes, txn)]);

  // A reader who comes now sees the revision before, or this one: whole, and nothing between.
  const left = await contents(openOn(account));
  const isWhole = left?.revision === base + 1;
  expect(left, at).toEqual(isWhole ? { revision: base + 1, values: texts(save.to) } : before);
  if (answer.status === "fulfilled") {
    // Acknowledged: it is there.
    expect(answer.value, at).toMatchObject({ done: { revision: base + 1, txn } });
    expect(isWhole, at).toBe(true);
  } else if (!(answer.reason instanceof Stopped)) {
    // A failure that says "nothing was changed" is right about it.
    expect(answer.reason, at).toBeInstanceOf(KeyrollError);
    expect(answer.reason.code === "indeterminate" || !isWhole, at).toBe(true);
  }
  // The transaction tells whose revision it is; who asks again learns which it was, and ends at one revision.
  expect(isWhole ? (await openOn(account).manifest())?.txn : txn, at).toBe(txn);
  expect(await commit(openOn(account), base, save.changes, txn), at).toMatchObject({
    done: { revision: base + 1, txn },
  });
  const recovered = openOn(account);
  expect(await contents(recovered), at).toEqual({ revision: base + 1, values: texts(save.to) });
  expect(
    (await recovered.revisions({ limit: 9 })).map(({ revision }) => revision),
    at,
  ).toEqual(base === 0 ? [1] : [2, 1]);
  // Whatever the dead process left is in nobody's way.
  expect((await committed(recovered, base + 1, [set("NEXT", "one")])).revision, at).toBe(base + 2);
  return { met: faults.stopped, whole: isWhole };
};

test.each([
  ["a first save of 1 key", first(named(1)), 12],
  ["a save of 1 key", later(named(1)), 9],
  ["a first save of 10 keys", first(named(10)), 36],
  ["a save of 10 keys", later(named(10)), 36],
  ["a first save of 100 keys", first(named(100)), 306],
  ["a save of 100 keys", later(named(100)), 306],
  ["a save of 100 keys with long names, whose record has parts", later(long), 315],
])(
  "%s, stopped before and after every call and with every reply lost, is whole or absent",
  async (name, save, least) => {
    // Every point of the large ones in a long run only: most of their calls put one of many values.
    const step = isLongRun || save.changes.length < 100 ? 1 : 7;
    const points = { points: 0, whole: 0, absent: 0 };
    for (const [kind, faultsAt] of Object.entries(kinds)) {
      for (let nth = 1; ; nth += step) {
        const { met, whole } = await saveWith(save, faultsAt(nth), `${kind} call ${nth}`);
        if (!met) break;
        points.points += 1;
        points[whole ? "whole" : "absent"] += 1;
      }
    }
    // Each value and the record at the least, in three ways; both outcomes are met.
    expect(points.points).toBeGreaterThanOrEqual(least / step);
    expect(points.whole).toBeGreaterThan(0);
    expect(points.absent).toBeGreaterThan(0);
    process.stdout.write(`aws-ssm, ${name}: ${JSON.stringify(points)}\n`);
    recordEvidence(`Parameter Store: ${name}, stopped before or after each call or with its reply lost`, {
      ...points,
      torn: 0,
    });
  },
  120_000,
);
