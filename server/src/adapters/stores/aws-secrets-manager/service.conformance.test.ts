import { inspect } from "node:util";
import { KeyrollError } from "@keyroll/contract/errors";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commit, committed, contents, newScope, set, texts } from "../../../../../conformance/store-world.ts";
import { errorOf } from "../../../../../e2e/harness/openbao.ts";
import { startParameterStore, type ParameterStore } from "../../../../../e2e/harness/parameter-store.ts";
import { testHost } from "../../../../../e2e/harness/store-host.ts";
import type { StoreScope } from "../../../ports/secret-store.ts";
import { awsSecretsManager, settings as schema } from "../aws-secrets-manager.ts";
import { call, restOf, type Action } from "./client.ts";
import { documentBytes, nameOf } from "./documents.ts";

let emulator: ParameterStore;
beforeAll(async () => {
  emulator = await startParameterStore();
  process.env["AWS_ENDPOINT_URL_STS"] = emulator.url;
});
afterAll(() => emulator.stop());

const settings = schema.parse({ region: "eu-west-1", prefix: `service-${process.pid}` });
const host = () => ({
  ...testHost(),
  variables: new Map([["AWS_ENDPOINT_URL_SECRETS_MANAGER", emulator.url]]),
});
const openStore = (scope: StoreScope) => awsSecretsManager.open(settings, scope, host());
const administer = async (action: string, scope: StoreScope, input: Record<string, unknown> = {}) => {
  const name = nameOf(settings, scope.app, scope.environment);
  const { refused, body } = await call(restOf(settings, host()), action as Action, name, input);
  if (refused !== null) throw new Error(`${action}: ${refused}`);
  return body;
};

test("check tries every right, tells the key, and leaves nothing behind", async () => {
  const all = await awsSecretsManager.check(settings, host());
  expect(all.filter(({ ok }) => !ok)).toMatchObject([{ id: "key", required: false }]);
  expect(all.find(({ id }) => id === "encrypted")?.message).toContain("default key");
  const own = await awsSecretsManager.check({ ...settings, kmsKeyId: "alias/mine" }, host());
  expect(own.find(({ id }) => id === "encrypted")?.message).toContain("alias/mine");
  expect(own.find(({ id }) => id === "key")).toMatchObject({ ok: true, next: null });
  const { actions } = await emulator.log();
  expect(actions.CreateSecret.ok).toBe(actions.DeleteSecret.ok / 2);
  await emulator.faults([{ action: "TagResource", do: "error", type: "AccessDeniedException", status: 400 }]);
  const failed = (await awsSecretsManager.check(settings, host())).filter(({ ok, required }) => !ok && required);
  expect(failed).toMatchObject([{ id: "prune", next: expect.stringContaining("secretsmanager:TagResource") }]);
});

test("64 KB are the limit, named before anything is written", async () => {
  const store = openStore(newScope());
  await emulator.reset();
  const error = await errorOf(commit(store, 0, [set("A", "x".repeat(40_000)), set("B", "x".repeat(40_000))]));
  expect([error.code, error.facts.limit, error.facts.changed]).toEqual(["limit_exceeded", documentBytes, false]);
  expect(Object.keys((await emulator.log()).actions)).toEqual(["GetSecretValue"]);
});

test("a removal can be undone for 30 days, and saving anew brings the secret back without its old values", async () => {
  const scope = newScope();
  const store = openStore(scope);
  await committed(store, 0, [set("A", "1")]);
  const before = await administer("DescribeSecret", scope);
  await store.upkeep.destroy("soft");
  const buried = await administer("DescribeSecret", scope);
  expect(Number(buried["DeletedDate"]) * 1000).toBeGreaterThan(testHost().clock.now() + 29 * 86_400_000);
  expect(await store.manifest()).toBeNull();
  const currentIn = ({ VersionIdsToStages }: Readonly<Record<string, unknown>>) =>
    Object.entries(VersionIdsToStages as Record<string, string[]>).find(([, labels]) =>
      labels.includes("AWSCURRENT"),
    )?.[0];
  const [values, grave] = [currentIn(before), currentIn(buried)];
  const move = async (to: string | undefined, from: string | undefined) =>
    await administer("UpdateSecretVersionStage", scope, {
      VersionStage: "AWSCURRENT",
      MoveToVersionId: to,
      RemoveFromVersionId: from,
    });
  await administer("RestoreSecret", scope);
  await move(values, grave);
  expect(await contents(store)).toEqual({ revision: 1, values: texts({ A: "1" }) });
  await store.upkeep.destroy("soft");
  expect(await store.manifest()).toBeNull();
  const { revision } = await committed(store, 0, [set("B", "2")]);
  expect((await administer("DescribeSecret", scope))["DeletedDate"] ?? null).toBeNull();
  expect(await contents(store)).toEqual({ revision, values: texts({ B: "2" }) });
  expect((await errorOf(store.read(1))).code).toBe("revision_gone");
  await store.upkeep.destroy("soft");
  await store.upkeep.destroy("purge");
  await expect(administer("DescribeSecret", scope)).rejects.toThrow("ResourceNotFoundException");
});

test("what was done by hand is never taken for absent, and the error says the way back", async () => {
  const scope = newScope();
  const store = openStore(scope);
  await committed(store, 0, [set("A", "1")]);
  await administer("DeleteSecret", scope, { RecoveryWindowInDays: 7 });
  for (const ask of [async () => await store.manifest(), async () => await commit(store, 0, [])]) {
    const error = await errorOf(ask());
    expect([error.code, error.next]).toEqual(["integrity", expect.stringContaining("restore-secret")]);
  }
  await administer("RestoreSecret", scope);
  expect((await store.manifest())?.revision).toBe(1);
  await administer("PutSecretValue", scope, {
    SecretString: "{}",
    ClientRequestToken: "0".repeat(40),
    VersionStages: ["AWSCURRENT"],
  });
  expect((await errorOf(store.manifest())).message).toContain("did not write");
});

test("a name that AWS still deletes is waited for, and then said to be busy", async () => {
  const scope = newScope();
  let slept = 0;
  const { clock } = testHost();
  const patient = { ...host(), clock: { ...clock, sleep: async () => void (slept += 1) } };
  const busy = { action: "CreateSecret", do: "error", type: "InvalidRequestException", status: 400 } as const;
  await emulator.faults([{ ...busy, times: 3 }]);
  await committed(awsSecretsManager.open(settings, scope, patient), 0, [set("A", "1")]);
  expect(slept).toBe(3);
  await emulator.faults([{ ...busy, times: 99 }]);
  const error = await errorOf(commit(awsSecretsManager.open(settings, newScope(), patient), 0, [set("A", "1")]));
  await emulator.faults([]);
  expect([error.code, error.facts.changed]).toEqual(["in_use", false]);
});

test.each([
  ["AccessDeniedException", "provider_denied", "secretsmanager:PutSecretValue"],
  ["EncryptionFailure", "provider_denied", "key"],
  ["ExpiredTokenException", "provider_denied", "clock"],
])("a put that AWS refuses with %s is %s and holds no value", async (type, code, next) => {
  const store = openStore(newScope());
  await committed(store, 0, [set("A", "1")]);
  const canary = "canary-for-aws";
  await emulator.faults([{ action: "PutSecretValue", do: "error", type, status: 400 }]);
  const error = await errorOf(commit(store, 1, [set("A", canary)]));
  expect([error.code, error.next]).toEqual([code, expect.stringContaining(next)]);
  expect(error).toBeInstanceOf(KeyrollError);
  expect(inspect(error, { depth: Infinity })).not.toContain(canary);
  expect((await store.manifest())?.revision).toBe(1);
});

test("throttled calls are sent again, and a move whose answer is lost is found out", async () => {
  const store = openStore(newScope());
  await committed(store, 0, [set("A", "1")]);
  await emulator.faults([
    { action: "PutSecretValue", do: "throttle" },
    { action: "UpdateSecretVersionStage", do: "drop-after" },
  ]);
  expect((await committed(store, 1, [set("A", "2")])).revision).toBe(2);
  expect((await store.revisions({ limit: 9 })).length).toBe(2);
});
