import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  commit,
  committed,
  newScope,
  newTxn,
  plain,
  remove,
  set,
  texts,
} from "../../../../../conformance/store-world.ts";
import { otherProgram, startParameterStore, type ParameterStore } from "../../../../../e2e/harness/parameter-store.ts";
import { testHost } from "../../../../../e2e/harness/store-host.ts";
import type { SecretStore, StoreScope } from "../../../ports/secret-store.ts";
import type { Written } from "../../../ports/secret-store.ts";
import { Secret } from "../../../ports/secret.ts";
import { createAwsSsm } from "../aws-ssm.ts";

const region = "eu-west-1";
const prefix = `rules-${process.pid}`;
let emulator: ParameterStore;
let others: ReturnType<typeof otherProgram>;

beforeAll(async () => {
  emulator = await startParameterStore();
  process.env["AWS_ENDPOINT_URL_SSM"] = emulator.url;
  process.env["AWS_ENDPOINT_URL_STS"] = emulator.url;
  others = otherProgram(emulator, region);
});
afterAll(() => emulator?.stop());
beforeEach(async () => {
  await emulator.reset();
  await emulator.config({ deny: [], checks: true });
});

const open = (scope: StoreScope, kmsKeyId?: string): SecretStore =>
  createAwsSsm({ patience: 500 }).open(
    { region, prefix, ...(kmsKeyId === undefined ? {} : { kmsKeyId }) },
    scope,
    testHost(),
  );
const valuesOf = ({ app, environment }: StoreScope): string => `/${prefix}/${app}/${environment}`;
const recordsOf = ({ app, environment }: StoreScope): string => `/${prefix}.rev/${app}/${environment}`;

test("what other programs read at the path is the value itself; records lie beside it", async () => {
  const scope = newScope();
  await committed(open(scope), 0, [set("A", "plain"), set("EMPTY", ""), set("TEMPLATE", "{{x}}")]);
  const path = valuesOf(scope);
  expect(await others.get(`${path}/A`)).toBe("plain");
  expect(await others.get(`${path}/TEMPLATE`)).toBe(Buffer.from("{{x}}").toString("base64"));
  expect(Object.keys(await others.list(path))).toEqual(["A", "TEMPLATE"]);
  expect(Object.keys(await others.list(recordsOf(scope)))).toEqual(["000001", "key"]);
});

test("a save puts what changed and one record, nothing else", async () => {
  const scope = newScope();
  const store = open(scope);
  await committed(
    store,
    0,
    Array.from({ length: 100 }, (_, i) => set(`K${i}`, `v${i}`)),
  );
  await emulator.reset();
  await committed(store, 1, [set("K7", "new"), remove("K8")]);
  const { actions } = await emulator.log();
  expect([actions.PutParameter.received, actions.DeleteParameters]).toEqual([2, undefined]);
});

test("sizes and names are refused before the first call, with figures and without the value", async () => {
  const store = open(newScope());
  const refused = async (key: string, value: string | Secret): Promise<any> =>
    await commit(store, 0, [set("FINE", "x"), set(key, value)]).then(
      () => expect.fail("was not refused"),
      (error: unknown) => error,
    );
  const large = await refused("LARGE", "ä".repeat(2049));
  expect(large).toMatchObject({
    code: "limit_exceeded",
    facts: { key: "LARGE", limit: 4096, actual: 4098, changed: false },
  });
  const binary = await refused("BINARY", new Secret(new Uint8Array(3073), true));
  expect(binary).toMatchObject({ code: "limit_exceeded", facts: { key: "BINARY", limit: 3072, actual: 3073 } });
  for (const key of ["a/b", "../x", "a b", "ä", ""]) expect(await refused(key, "x")).toMatchObject({ code: "invalid" });
  expect((await emulator.log()).calls).toEqual([]);
});

test("a stop before the record leaves readers untouched; progress rises from nothing to all", async () => {
  const scope = newScope();
  const store = open(scope);
  await committed(store, 0, [set("A", "1")]);
  const stop = new AbortController();
  const told: Written[] = [];
  const changes = Array.from({ length: 30 }, (_, i) => set(`K${i}`, "x"));
  const stopped = store.commit(
    { expect: 1, txn: newTxn(), changes },
    {
      signal: stop.signal,
      progress: (written) => {
        told.push(written);
        if (told.length === 12) stop.abort(new Error("enough"));
      },
    },
  );
  await expect(stopped).rejects.toThrow("enough");
  expect((await open(scope).manifest())?.revision).toBe(1);
  const { puts } = await emulator.log();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await emulator.log()).puts).toBe(puts);
  const all: Written[] = [];
  await store.commit(
    { expect: 1, txn: newTxn(), changes },
    { signal: new AbortController().signal, progress: (written) => all.push(written) },
  );
  expect(all).toEqual(Array.from({ length: 31 }, (_, written) => ({ written, of: 30, left: 0 })));
  expect(told).toEqual(all.slice(0, told.length));
});

test("an environment of the same name with another id is refused", async () => {
  const scope = newScope();
  await committed(open(scope), 0, [set("A", "1")]);
  const other = open({ ...scope, environmentId: "another" });
  await expect(other.manifest()).rejects.toMatchObject({ code: "in_use" });
  await expect(commit(other, 0, [set("A", "2")])).rejects.toMatchObject({ code: "in_use" });
  await expect(commit(other, 1, [set("A", "2")])).rejects.toMatchObject({ code: "in_use" });
  expect(await others.list(valuesOf(scope))).toEqual({ A: 1 });
});

test("a pinned version that others push towards its end is put anew before it is lost", async () => {
  const scope = newScope();
  const store = open(scope);
  await committed(store, 0, [set("A", "first"), set("B", "b")]);
  await emulator.config({ checks: false });
  for (let i = 0; i < 60; i++) await others.put(`${valuesOf(scope)}/A`, `theirs ${i}`);
  await emulator.config({ checks: true });
  // The save itself never gets to its record.
  await emulator.faults([
    { action: "PutParameter", name: "000003", do: "error", status: 400, type: "AccessDeniedException" },
  ]);
  const failed = commit(store, 1, [set("A", "second")]);
  await expect(failed).rejects.toMatchObject({ code: "provider_denied", facts: { changed: false } });
  expect(plain(await open(scope).read(2))).toEqual(texts({ A: "first", B: "b" }));
  expect((await others.list(valuesOf(scope)))["A"]).toBe(64);
  for (let i = 0; i < 60; i++) await others.put(`${valuesOf(scope)}/A`, `theirs ${i}`);
  await emulator.faults([]);
  const done = await committed(open(scope), 2, [set("A", "third")]);
  expect(plain(await open(scope).read(done.revision))).toEqual(texts({ A: "third", B: "b" }));
  expect(plain(await open(scope).read(2))).toEqual(texts({ A: "first", B: "b" }));
  // Other programs see the newest as well.
  expect(await others.get(`${valuesOf(scope)}/A`)).toBe("third");
});

test("a pinned version that others have replaced is not protected, and the save that mends it is made", async () => {
  const scope = newScope();
  await committed(open(scope), 0, [set("A", "first")]);
  await others.remove(`${valuesOf(scope)}/A`);
  for (let i = 0; i < 60; i++) await others.put(`${valuesOf(scope)}/A`, `theirs ${i}`);
  await expect(open(scope).read(1)).rejects.toMatchObject({ code: "integrity", facts: { key: "A" } });
  const done = await committed(open(scope), 1, [set("A", "mended")]);
  expect(done.revision).toBe(2);
  expect(plain(await open(scope).read(2))).toEqual(texts({ A: "mended" }));
});

test("a right that is missing is named with the parameter, and nothing is saved", async () => {
  const scope = newScope();
  const store = open(scope);
  await committed(store, 0, [set("A", "1"), set("B", "2")]);
  await emulator.config({ deny: [{ action: "PutParameter", prefix: `${valuesOf(scope)}/A` }] });
  const denied: any = await commit(store, 1, [set("A", "canary-1"), set("B", "canary-2")]).catch(
    (error: unknown) => error,
  );
  expect(denied).toMatchObject({ code: "provider_denied", facts: { changed: false, actual: "AccessDeniedException" } });
  expect(denied.message).toContain(`PutParameter on ${valuesOf(scope)}/A `);
  expect(inspect(denied, { depth: Infinity })).not.toContain("canary");
  await emulator.config({ deny: [{ action: "GetParameters", prefix: `${valuesOf(scope)}/B` }] });
  await expect(store.read(1)).rejects.toThrow(`GetParameters on ${valuesOf(scope)}/B:1`);
  await emulator.config({ deny: [] });
  await expect(commit(open(scope, "alias/not-there"), 1, [set("A", "x")])).rejects.toMatchObject({
    code: "provider_denied",
    message: expect.stringContaining("KMS key"),
  });
  expect((await store.manifest())?.revision).toBe(1);
});

test("check tries each right on a parameter of its own and leaves nothing behind", async () => {
  const kind = createAwsSsm();
  const settings = { region, prefix: `${prefix}-check` };
  const findings = await kind.check(settings, testHost());
  expect(findings.map(({ id, ok, required }) => [id, ok || !required])).toEqual([
    ["identity", true],
    ["list", true],
    ["write", true],
    ["read", true],
    ["history", true],
    ["delete", true],
    ["key", true],
    ["throughput", true],
  ]);
  const key = (all: typeof findings) => all.find(({ id }) => id === "key");
  expect(key(findings)).toMatchObject({ ok: false, required: false, next: expect.stringContaining("kmsKeyId") });
  const own = await kind.check({ ...settings, kmsKeyId: "alias/aws/ssm" }, testHost());
  expect(key(own)).toMatchObject({ ok: false, message: expect.stringContaining("whoever may read parameters") });
  expect(await others.list(`/${prefix}-check.rev/check`)).toEqual({});
  await emulator.config({ deny: [{ action: "PutParameter", prefix: `/${prefix}-check` }] });
  const denied = await kind.check(settings, testHost());
  expect(denied.find(({ id }) => id === "write")).toMatchObject({ ok: false, required: true });
});

test("settings that AWS would refuse, or that leave the path, are refused with the field", () => {
  const { settings } = createAwsSsm();
  expect(settings.parse({ region })).toEqual({ region, prefix: "keyroll" });
  for (const wrong of ["aws", "SSM/x", "/x", "x/", "a//b", "a b", "x.rev", "a/../b/../c d", "", "x".repeat(201)])
    expect(settings.safeParse({ region, prefix: wrong }).success, wrong).toBe(false);
  for (const wrong of ["", "eu-west-1.evil.example", "eu-west-1/", "EU-WEST-1", "x@y"])
    expect(settings.safeParse({ region: wrong }).success, wrong).toBe(false);
});
