import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  adopt,
  commit,
  committed,
  mend,
  newScope,
  plain,
  remove,
  set,
  texts,
} from "../../../../../conformance/store-world.ts";
import { otherProgram, startParameterStore, type ParameterStore } from "../../../../../e2e/harness/parameter-store.ts";
import { testHost } from "../../../../../e2e/harness/store-host.ts";
import type { SecretStore, StoreScope } from "../../../ports/secret-store.ts";
import { createAwsSsm } from "../aws-ssm.ts";

const region = "eu-west-1";
const prefix = `upkeep-${process.pid}`;
let emulator: ParameterStore;
let theirs: ReturnType<typeof otherProgram>;

beforeAll(async () => {
  emulator = await startParameterStore();
  process.env["AWS_ENDPOINT_URL_SSM"] = emulator.url;
  theirs = otherProgram(emulator, region);
});
afterAll(() => emulator?.stop());
beforeEach(async () => await emulator.reset());

const day = 24 * 3_600_000;
/** As a process sees it whose clock is `ahead` milliseconds ahead: what is young for others is old for it. */
const open = (scope: StoreScope, ahead = 0): SecretStore => {
  const host = testHost();
  const later = { ...host, clock: { ...host.clock, now: () => host.clock.now() + ahead } };
  return createAwsSsm({ patience: 500 }).open({ region, prefix }, scope, later);
};
const valuesOf = ({ app, environment }: StoreScope): string => `/${prefix}/${app}/${environment}`;
const recordsOf = ({ app, environment }: StoreScope): string => `/${prefix}.rev/${app}/${environment}`;

test("a record of long names is split, also when every reply to its parts is lost once, and goes with its parts", async () => {
  const scope = newScope();
  const path = recordsOf(scope);
  const long = Array.from({ length: 60 }, () => `K${randomBytes(100).toString("hex")}`);
  await committed(open(scope), 0, [set("A", "1")]);
  await emulator.faults([{ action: "PutParameter", name: "000002.", do: "drop-after", nth: 2 }]);
  await committed(
    open(scope),
    1,
    long.map((key) => set(key, "x")),
  );
  expect(Object.keys(await theirs.list(path)).filter((name) => name.startsWith("000002.")).length).toBeGreaterThan(1);
  expect((await open(scope).read(2)).size).toBe(61);
  await theirs.put(`${path}/000001.dead.1`, "left by an attempt that died");
  await committed(
    open(scope),
    2,
    long.slice(1).map((key) => remove(key)),
  );
  while ((await open(scope, 2 * day).upkeep.prune(new Set([1]), 1)).more);
  expect(Object.keys(await theirs.list(path))).toEqual(["000001", "000003", "fence", "key"]);
  expect(Object.keys(await theirs.list(valuesOf(scope)))).toEqual(["A", long[0]].toSorted());
  expect((await open(scope).read(3)).size).toBe(2);
});

test("pruning leaves what is young, what others put, and stops when a later worker has come", async () => {
  const scope = newScope();
  const store = open(scope);
  await committed(store, 0, [set("A", "1"), set("B", "1")]);
  await committed(store, 1, [set("A", "2"), remove("B")]);
  await theirs.put(`${valuesOf(scope)}/FOREIGN`, "theirs");
  expect(await store.upkeep.prune(new Set(), 7)).toEqual({ more: false });
  expect((await store.revisions({ limit: 9 })).map(({ revision }) => revision)).toEqual([2, 1]);
  // Old enough, but revision 1 is kept and needs it.
  expect(await open(scope, 2 * day).upkeep.prune(new Set([1]), 7)).toEqual({ more: false });
  expect(Object.keys(await theirs.list(valuesOf(scope)))).toEqual(["A", "B", "FOREIGN"]);
  while ((await open(scope, 2 * day).upkeep.prune(new Set(), 8)).more);
  expect(Object.keys(await theirs.list(valuesOf(scope)))).toEqual(["A", "FOREIGN"]);
  await committed(store, 2, [set("A", "3")]);
  await expect(open(scope, 2 * day).upkeep.prune(new Set(), 7)).rejects.toMatchObject({ code: "lease_lost" });
  expect((await store.revisions({ limit: 9 })).map(({ revision }) => revision)).toEqual([3, 2]);
});

test("what others do in Parameter Store is seen as drift, and never read as ours", async () => {
  const scope = newScope();
  const store = open(scope);
  await committed(
    store,
    0,
    ["AHEAD", "MISSING", "ANEW", "REMOVED", "FINE"].map((key) => set(key, `${key} 1`)),
  );
  await committed(store, 1, [set("ANEW", "ANEW 2"), remove("REMOVED"), set("EMPTY", "")]);
  expect(await store.upkeep.inspect()).toEqual([]);
  await theirs.put(`${valuesOf(scope)}/AHEAD`, "theirs");
  await theirs.put(`${valuesOf(scope)}/FOREIGN`, "theirs");
  for (const key of ["MISSING", "ANEW"]) await theirs.remove(`${valuesOf(scope)}/${key}`);
  await theirs.put(`${valuesOf(scope)}/ANEW`, "theirs 1");
  const kinds = async () => new Map((await store.upkeep.inspect()).map(({ key, kind }) => [key, kind]));
  expect(await kinds()).toEqual(
    new Map([
      ["AHEAD", "changed"],
      ["FOREIGN", "foreign"],
      ["MISSING", "missing"],
      ["ANEW", "changed"],
    ]),
  );
  // Now at the very version number that revision 2 pins.
  await theirs.put(`${valuesOf(scope)}/ANEW`, "theirs 2");
  expect((await kinds()).get("ANEW")).toBe("changed");
  const found = new Map((await store.upkeep.inspect()).map((drift) => [drift.key, drift]));
  const others = { by: "arn:aws:iam::123456789012:user/somebody-else", at: expect.any(Number) };
  expect(found.get("AHEAD")).toMatchObject({ ...others, savedIn: 2 });
  expect(found.get("FOREIGN")).toMatchObject({ ...others, savedIn: null });
  expect(found.get("MISSING")).toMatchObject({ by: null, at: null, savedIn: null });
  expect(found.get("ANEW")).toMatchObject({ ...others, savedIn: null });
  expect(Math.abs((found.get("AHEAD")?.at ?? 0) - testHost().clock.now())).toBeLessThan(60_000);
  expect(plain(await store.read(2, ["AHEAD", "FINE"]))).toEqual(texts({ AHEAD: "AHEAD 1", FINE: "FINE 1" }));
  for (const key of ["ANEW", "MISSING"]) {
    const error: unknown = await store.read(2, ["FINE", key]).then(
      () => expect.fail("was read"),
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: "integrity", facts: { next: expect.stringMatching(/^Save .* again\.$/u) } });
    expect(inspect(error, { depth: Infinity })).toContain(key);
    expect(inspect(error, { depth: Infinity })).not.toContain("theirs");
  }
  await committed(store, 2, [adopt("AHEAD"), adopt("FOREIGN"), set("MISSING", "m"), set("ANEW", "a")]);
  expect(await store.upkeep.inspect()).toEqual([]);
  expect(plain(await store.read(3, ["AHEAD", "FOREIGN"]))).toEqual(texts({ AHEAD: "theirs", FOREIGN: "theirs" }));
  await expect(commit(store, 3, [adopt("NOT_THERE")])).rejects.toMatchObject({ code: "not_found" });
});

test("what was saved is put back as the value that it was, and nothing else is taken for it", async () => {
  const scope = newScope();
  const store = open(scope);
  await committed(store, 0, [set("A", "a 1"), set("B", "b 1"), set("C", "c 1"), set("EMPTY", "")]);
  await committed(store, 1, [set("A", "a 2")]);
  await theirs.put(`${valuesOf(scope)}/A`, "theirs");
  await theirs.remove(`${valuesOf(scope)}/B`);
  await theirs.put(`${valuesOf(scope)}/EMPTY`, "theirs");
  const wrong = await commit(store, 2, [mend("B", "b 2")]).catch((error: unknown) => error);
  expect(wrong).toMatchObject({ code: "integrity", facts: { key: "B", changed: false } });
  await expect(commit(store, 2, [mend("NEW", "x")])).rejects.toMatchObject({ code: "not_found" });
  await expect(commit(store, 2, [mend("EMPTY", "")])).rejects.toMatchObject({ code: "invalid" });
  expect((await store.manifest())?.revision).toBe(2);
  const made = await committed(store, 2, [mend("A", "a 2"), mend("B", "b 1")]);
  expect(["A", "B", "C"].map((key) => made.entries.get(key)?.revision)).toEqual([2, 1, 1]);
  expect(await theirs.get(`${valuesOf(scope)}/A`)).toBe("a 2");
  expect(plain(await open(scope).read(3))).toEqual(texts({ A: "a 2", B: "b 1", C: "c 1", EMPTY: "" }));
  expect((await store.upkeep.inspect()).map(({ key, kind }) => [key, kind])).toEqual([["EMPTY", "changed"]]);
  await committed(store, 3, [adopt("EMPTY")]);
  expect(await store.upkeep.inspect()).toEqual([]);
  expect(plain(await store.read(4, ["EMPTY"]))).toEqual(texts({ EMPTY: "theirs" }));
});

test("what a failed save left of new keys is ours and goes when it is old; nothing that a revision has or others wrote goes", async () => {
  const scope = newScope();
  const store = open(scope);
  const fail = async (revision: number, keys: readonly string[], record: string): Promise<void> => {
    await emulator.faults([{ action: "PutParameter", name: record, do: "error", status: 400, type: "Denied" }]);
    const save = commit(
      store,
      revision,
      keys.map((key) => set(key, "never saved")),
    );
    await expect(save).rejects.toMatchObject({ code: "provider_denied" });
    await emulator.faults([]);
  };
  const found = async () =>
    (await store.upkeep.inspect()).map(({ key, kind, ours }) => `${key} ${kind}${ours ? ", ours" : ""}`);
  await fail(0, ["FIRST"], "000001");
  expect(await found()).toEqual(["FIRST foreign, ours"]);
  await committed(store, 0, [set("A", "1"), set("REMOVED", "1")]);
  await committed(store, 1, [remove("REMOVED")]);
  await fail(2, ["A", "NEW", "SHARED", "REMOVED"], "000003");
  await theirs.put(`${valuesOf(scope)}/SHARED`, "theirs");
  await theirs.put(`${valuesOf(scope)}/THEIRS`, "theirs");
  expect((await found()).toSorted()).toEqual([
    "A changed, ours",
    "FIRST foreign, ours",
    "NEW foreign, ours",
    "REMOVED foreign",
    "SHARED foreign",
    "THEIRS foreign",
  ]);
  const all = Object.keys(await theirs.list(valuesOf(scope)));
  await open(scope).upkeep.discard(all, 1);
  expect(Object.keys(await theirs.list(valuesOf(scope)))).toEqual(all);
  // What a revision has stays even when it is asked for.
  await open(scope, 2 * day).upkeep.discard(["A", "FIRST", "NEW", "REMOVED"], 2);
  expect(Object.keys(await theirs.list(valuesOf(scope)))).toEqual(["A", "REMOVED", "SHARED", "THEIRS"]);
  await expect(open(scope, 2 * day).upkeep.discard(["SHARED"], 1)).rejects.toMatchObject({ code: "lease_lost" });
  expect(plain(await open(scope).read(2))).toEqual(texts({ A: "1" }));
});

test("a parameter that is not encrypted is told and not adopted", async () => {
  const scope = newScope();
  const store = open(scope);
  await committed(store, 0, [set("A", "1")]);
  await theirs.put(`${valuesOf(scope)}/PLAIN`, "theirs", "String");
  expect(await store.upkeep.inspect()).toMatchObject([{ key: "PLAIN", kind: "foreign" }]);
  await expect(commit(store, 1, [adopt("PLAIN")])).rejects.toMatchObject({ code: "invalid", facts: { key: "PLAIN" } });
});

test("a removed key that others write again is theirs", async () => {
  const scope = newScope();
  const store = open(scope);
  await committed(store, 0, [set("A", "1"), set("GONE", "1")]);
  await committed(store, 1, [remove("GONE")]);
  expect(await store.upkeep.inspect()).toEqual([]);
  await theirs.put(`${valuesOf(scope)}/GONE`, "theirs");
  expect(await store.upkeep.inspect()).toMatchObject([{ key: "GONE", kind: "foreign", savedIn: null }]);
});

test("who did it is left out where nobody may ask", async () => {
  const scope = newScope();
  await committed(open(scope), 0, [set("A", "1")]);
  await theirs.put(`${valuesOf(scope)}/A`, "theirs");
  await emulator.config({ deny: [{ action: "GetParameterHistory" }] });
  try {
    expect(await open(scope).upkeep.inspect()).toMatchObject([
      { key: "A", by: null, at: expect.any(Number), savedIn: 1 },
    ]);
  } finally {
    await emulator.config({ deny: [] });
  }
});

test("a version that Parameter Store has dropped is a revision gone, and is told before it is asked for", async () => {
  const scope = newScope();
  const store = open(scope);
  await committed(store, 0, [set("A", "1"), set("B", "1")]);
  await committed(store, 1, [set("A", "2")]);
  for (let i = 0; i < 99; i++) await theirs.put(`${valuesOf(scope)}/A`, `theirs ${i}`);
  expect((await store.revisions({ limit: 9 })).map(({ revision, readable }) => [revision, readable])).toEqual([
    [2, true],
    [1, false],
  ]);
  await expect(open(scope).read(1)).rejects.toMatchObject({ code: "revision_gone", facts: { keys: ["A"] } });
  expect(plain(await store.read(1, ["B"]))).toEqual(texts({ B: "1" }));
  expect((await store.read(2)).size).toBe(2);
});

test("overwriting a record has no effect; one that cannot be read is named", async () => {
  const scope = newScope();
  await committed(open(scope), 0, [set("A", "1")]);
  await committed(open(scope), 1, [set("A", "2")]);
  const record = `${recordsOf(scope)}/000002`;
  await theirs.put(record, "overwritten");
  expect(plain(await open(scope).read(2))).toEqual(texts({ A: "2" }));
  await theirs.remove(record);
  await theirs.put(record, "made anew");
  await expect(open(scope).manifest()).rejects.toMatchObject({ code: "integrity", facts: { actual: 2 } });
  expect(plain(await open(scope).read(1))).toEqual(texts({ A: "1" }));
});
