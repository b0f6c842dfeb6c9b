import { inspect } from "node:util";
import { KeyrollError } from "@keyroll/contract/errors";
import { expect, test } from "vitest";
import {
  adopt,
  commit,
  committed,
  contents,
  mend,
  newScope,
  newTxn,
  set,
  texts,
} from "../../../../../conformance/store-world.ts";
import { administer, administrator, errorOf, openBao, openVault } from "../../../../../e2e/harness/openbao.ts";
import type { SecretStore, StoreScope } from "../../../ports/secret-store.ts";
import { documentStore, type DocumentDriver } from "../document-store.ts";
import { clientOf } from "./client.ts";
import { documentBytes, vaultDocument } from "./documents.ts";
import { settings as schema } from "./settings.ts";

const { memory, raft } = openBao();
const pathOf = (scope: StoreScope): string => `keyroll/${scope.app}/${scope.environment}`;

test("the store's document is plain, versioned and guarded against writes that name no version", async () => {
  const scope = newScope();
  const store = openVault(scope);
  await committed(store, 0, [set("URL", "postgres://x"), set("__proto__", "odd")], "first");
  const { data } = await administer(memory, `GET secret/data/${pathOf(scope)}`);
  expect(data.data).toMatchObject({
    keyroll: 1,
    environment: scope.environmentId,
    revision: 1,
    parent: 0,
    txn: "first",
    keys: { URL: { value: "postgres://x", encoding: "text", binary: false, revision: 1, bytes: 12, lines: 1 } },
  });
  const names = await administer(memory, `GET secret/subkeys/${pathOf(scope)}`);
  expect(Object.keys(names.data.subkeys.keys)).toEqual(["URL", "__proto__"].toSorted());
  const { data: metadata } = await administer(memory, `GET secret/metadata/${pathOf(scope)}`);
  expect(metadata).toMatchObject({ cas_required: true, max_versions: 100 });
  await expect(administer(memory, `POST secret/data/${pathOf(scope)}`, { data: {} })).rejects.toThrow("check-and-set");
});

test("the 100 newest revisions can be read; older ones are gone, and said to be", async () => {
  const store = openVault(newScope());
  for (let revision = 0; revision < 105; revision++) await committed(store, revision, [set("A", `${revision + 1}`)]);
  expect((await errorOf(store.read(5))).code).toBe("revision_gone");
  expect(await store.manifest({ at: 5 })).toBeNull();
  expect((await store.read(6)).size).toBe(1);
  const readable = (await store.revisions({ limit: 200 })).filter((one) => one.readable);
  expect([readable.length, readable[0]?.revision, readable.at(-1)?.revision]).toEqual([100, 105, 6]);
});

test("what was done by hand is never taken for absent, and is repaired as the error says", async () => {
  const scope = newScope();
  const store = openVault(scope);
  await committed(store, 0, [set("A", "1")]);
  await committed(store, 1, [set("A", "2")]);
  const path = pathOf(scope);
  await administer(memory, `DELETE secret/data/${path}`);
  for (const ask of [
    async () => await store.manifest(),
    async () => await commit(store, 0, []),
    async () => await store.revisions({ limit: 1 }),
    async () => await store.upkeep.prune(new Set(), 1),
  ]) {
    const error = await errorOf(ask());
    expect([error.code, error.message]).toEqual(["integrity", expect.stringContaining("Version 2")]);
    expect(error.next).toContain(`vault kv rollback -mount=secret -version=N ${path}`);
  }
  await administer(memory, `POST secret/undelete/${path}`, { versions: [2] });
  expect((await contents(store))?.values).toEqual(texts({ A: "2" }));
  // A rollback writes the old document as a new version: it counts as a revision, and saving goes on after it.
  const { data } = await administer(memory, `GET secret/data/${path}?version=1`);
  await administer(memory, `POST secret/data/${path}`, { data: data.data, options: { cas: 2 } });
  expect(await contents(store)).toEqual({ revision: 3, values: texts({ A: "1" }) });
  expect(await store.upkeep.inspect()).toMatchObject([
    { key: "A", kind: "changed", savedIn: 2, by: null, at: expect.any(Number) },
  ]);
  expect((await committed(store, 3, [set("B", "4")])).revision).toBe(4);
  expect((await contents(store))?.values).toEqual(texts({ A: "1", B: "4" }));
  // A value that was edited in place is not handed out as if it had been saved.
  const { data: last } = await administer(memory, `GET secret/data/${path}`);
  last.data.keys.A.value = "canary of another";
  await administer(memory, `POST secret/data/${path}`, { data: last.data, options: { cas: 4 } });
  const edited = await errorOf(store.read(5));
  expect([edited.code, edited.facts.key]).toEqual(["integrity", "A"]);
  expect(inspect(edited, { depth: Infinity })).not.toContain("canary");
  expect(await store.upkeep.inspect()).toMatchObject([{ key: "A", kind: "changed", savedIn: 4 }]);
  await administer(memory, `POST secret/data/${path}`, { data: { mine: "own" }, options: { cas: 5 } });
  expect((await errorOf(store.manifest())).message).toContain("not one that Keyroll wrote");
  expect((await errorOf(commit(store, 5, [set("A", "6")]))).facts.changed).toBe(false);
});

test("what was changed by hand is of that revision, and is adopted or put back key by key", async () => {
  const scope = newScope();
  const store = openVault(scope);
  await committed(store, 0, [set("A", "a1"), set("B", "b1"), set("C", "c1"), set("LONGER", "x")]);
  const edit = async (cas: number, change: (keys: any) => void): Promise<void> => {
    const { data } = await administer(memory, `GET secret/data/${pathOf(scope)}`);
    change(data.data.keys);
    await administer(memory, `POST secret/data/${pathOf(scope)}`, { data: data.data, options: { cas } });
  };
  await edit(1, (keys) => {
    keys.A.value = "a2";
    delete keys.B;
    keys.ADDED = { ...keys.C, value: "d1" };
    keys.LONGER.value = "longer";
  });
  // A second hand changes what the first one left.
  await edit(2, (keys) => (keys.A.value = "a3"));
  const seen = await store.manifest();
  expect(seen?.revision).toBe(3);
  // Whoever runs revision 1 does not run this.
  expect([seen?.entries.get("A")?.revision, seen?.entries.get("C")?.revision]).toEqual([3, 1]);
  const found = new Map((await store.upkeep.inspect()).map(({ key, kind, savedIn }) => [key, [kind, savedIn]]));
  expect(found).toEqual(
    new Map([
      ["A", ["changed", 1]],
      ["ADDED", ["foreign", null]],
      ["LONGER", ["changed", 1]],
      ["B", ["missing", 1]],
    ]),
  );
  const made = await committed(store, 3, [adopt("LONGER"), adopt("ADDED"), mend("A", "a1"), mend("B", "b1")]);
  expect([...made.entries].map(([key, { revision }]) => [key, revision]).toSorted()).toEqual([
    ["A", 4],
    ["ADDED", 4],
    ["B", 4],
    ["C", 1],
    ["LONGER", 4],
  ]);
  const values = texts({ A: "a1", ADDED: "d1", B: "b1", C: "c1", LONGER: "longer" });
  expect(await contents(openVault(scope))).toEqual({ revision: 4, values });
  expect(await store.upkeep.inspect()).toEqual([]);
  expect((await errorOf(commit(store, 4, [adopt("NOT_THERE")]))).code).toBe("not_found");
});

test("a purge and a prune take for good also what somebody deleted so that it can be undone", async () => {
  const scope = newScope();
  const store = openVault(scope);
  for (const [at, value] of ["leaked", "leaked", "2", "3", "4"].entries())
    await committed(store, at, [set("A", value)]);
  await administer(memory, `POST secret/delete/${pathOf(scope)}`, { versions: [1, 3] });
  await store.upkeep.purge(["A"], new Set([1, 2]));
  const states = async () => {
    const { data } = await administer(memory, `GET secret/metadata/${pathOf(scope)}`);
    return Object.values(data.versions).map((one: any) => one.destroyed);
  };
  expect(await states()).toEqual([true, true, false, false, false]);
  await store.upkeep.prune(new Set([4]), 1);
  expect(await states()).toEqual([true, true, true, false, false]);
  expect(await contents(store)).toEqual({ revision: 5, values: texts({ A: "4" }) });
});

test("another environment at the same path is refused, unless its values were destroyed", async () => {
  const scope = newScope();
  await committed(openVault(scope), 0, [set("A", "1")]);
  const other = openVault({ ...scope, environmentId: "env-other" });
  for (const ask of [
    async () => await other.manifest(),
    async () => await other.read(1),
    async () => await commit(other, 0, []),
    async () => await other.upkeep.destroy("purge"),
  ])
    expect((await errorOf(ask())).code).toBe("in_use");
  await openVault(scope).upkeep.destroy("soft");
  expect(await other.manifest()).toBeNull();
  const done = await committed(other, 0, [set("B", "1")]);
  expect(await contents(other)).toEqual({ revision: done.revision, values: texts({ B: "1" }) });
  expect((await errorOf(openVault(scope).manifest())).code).toBe("in_use");
});

test("what a soft destroy took away an administrator brings back", async () => {
  const scope = newScope();
  const store = openVault(scope);
  await committed(store, 0, [set("A", "1")]);
  await store.upkeep.destroy("soft");
  const path = pathOf(scope);
  await administer(memory, `POST secret/undelete/${path}`, { versions: [1] });
  const { data } = await administer(memory, `GET secret/data/${path}?version=1`);
  await administer(memory, `POST secret/data/${path}`, { data: data.data, options: { cas: 2 } });
  expect((await contents(store))?.values).toEqual(texts({ A: "1" }));
});

test("a write whose outcome is unknown is found out: it counts once, whether it arrived or not", async () => {
  const unknown = new KeyrollError("indeterminate", "the connection broke");
  const settings = schema.parse({ address: memory });
  const host = administrator(memory);
  for (const arrives of [true, false]) {
    const scope = newScope();
    const driver = vaultDocument(() => clientOf(settings, host), settings, scope, host);
    let broken = 0;
    const breaking = (times: number): DocumentDriver => ({
      ...driver,
      store: async (document, expected) => {
        broken += 1;
        if (broken > times) return await driver.store(document, expected);
        if (arrives) await driver.store(document, expected);
        throw unknown;
      },
    });
    const store = (times: number): SecretStore => documentStore(breaking(times), { scope, clock: host.clock });
    const txn = newTxn();
    expect((await committed(store(1), 0, [set("A", "1")], txn)).txn).toBe(txn);
    expect((await store(0).revisions({ limit: 9 })).map(({ revision }) => revision)).toEqual([1]);
    // When it stays unknown the caller is told so, instead of "not saved".
    broken = 0;
    const answer = await commit(store(99), 1, [set("A", "2")]).catch((error: unknown) => error);
    expect(answer).toMatchObject(arrives ? { done: { revision: 2 } } : { code: "indeterminate" });
  }
});

test("too much for one document is refused with the figures, before or by the server", async () => {
  const scope = newScope();
  const store = openVault(scope);
  await committed(store, 0, [set("A", "1")]);
  const before = await contents(store);
  const half = "x".repeat(documentBytes / 2);
  const error = await errorOf(commit(store, 1, [set("B", half), set("C", half)]));
  expect([error.code, error.facts.limit, error.facts.changed]).toEqual(["limit_exceeded", documentBytes, false]);
  expect(await contents(store)).toEqual(before);
  const settings = schema.parse({ address: raft });
  const host = administrator(raft);
  const driver = vaultDocument(() => clientOf(settings, host), settings, newScope(), host);
  // One entry of raft's storage is smaller than this, one request of the server than that.
  for (const bytes of [1_100_000, 34_000_000])
    expect((await errorOf(driver.store({ x: "x".repeat(bytes) }, 0))).code).toBe("limit_exceeded");
  expect(await driver.load(null)).toBeNull();
});
