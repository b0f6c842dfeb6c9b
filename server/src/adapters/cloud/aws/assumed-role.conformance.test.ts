import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { committed, contents, newScope, set, texts } from "../../../../../conformance/store-world.ts";
import { errorOf } from "../../../../../e2e/harness/openbao.ts";
import { otherProgram, startParameterStore, type ParameterStore } from "../../../../../e2e/harness/parameter-store.ts";
import { testHost } from "../../../../../e2e/harness/store-host.ts";
import type { StoreScope } from "../../../ports/secret-store.ts";
import { awsSecretsManager } from "../../stores/aws-secrets-manager.ts";
import { createAwsSsm } from "../../stores/aws-ssm.ts";

const region = "eu-west-1";
const role = "arn:aws:iam::210987654321:role/keyroll";
const externalId = "canary-is-no-secret";
let emulator: ParameterStore;

beforeAll(async () => {
  emulator = await startParameterStore();
  process.env["AWS_ENDPOINT_URL_SSM"] = emulator.url;
  process.env["AWS_ENDPOINT_URL_STS"] = emulator.url;
});
afterAll(() => emulator.stop());
beforeEach(async () => {
  await emulator.reset();
  await emulator.config({ roles: { [role]: externalId }, sessionSeconds: 0 });
});

const prefix = `role-${process.pid}`;
const host = () => ({ ...testHost(), variables: new Map([["AWS_ENDPOINT_URL_SECRETS_MANAGER", emulator.url]]) });

/** Each time what a process that has assumed no role yet has: stores keep their clients. */
const kinds = {
  "aws-ssm": (own: object = {}) => {
    const [kind, settings] = [createAwsSsm(), { region, prefix, roleArn: role, externalId, ...own }];
    return {
      open: (scope: StoreScope) => kind.open(settings, scope, host()),
      check: async () => await kind.check(settings, host()),
    };
  },
  "aws-secrets-manager": (own: object = {}) => {
    const settings = { region, prefix, roleArn: role, externalId, ...own };
    return {
      open: (scope: StoreScope) => awsSecretsManager.open(settings, scope, host()),
      check: async () => await awsSecretsManager.check(settings, host()),
    };
  },
};

const assumed = async () => (await emulator.log()).calls.filter(({ action }) => action === "AssumeRole");

describe.each(["aws-ssm", "aws-secrets-manager"] as const)("%s in another account", (kind) => {
  const open = (scope: StoreScope, own: object = {}) => kinds[kind](own).open(scope);

  test("is entered by the role: once, by the server's own identity, and by nobody else after that", async () => {
    const scope = newScope();
    const store = open(scope);
    await committed(store, 0, [set("A", "1"), set("B", "2")]);
    await Promise.all([store.manifest(), store.read(1), store.revisions({ limit: 5 })]);
    expect(await contents(store)).toEqual({ revision: 1, values: texts({ A: "1", B: "2" }) });
    const { calls } = await emulator.log();
    const [first, ...others] = calls;
    expect(first).toMatchObject({ action: "AssumeRole", name: role, by: process.env["AWS_ACCESS_KEY_ID"] });
    expect(others.length).toBeGreaterThan(5);
    expect([...new Set(others.map(({ by }) => by))]).toEqual([expect.stringMatching(/^ASIA/u)]);
    // The emulator keeps accounts apart: the server's own one holds nothing of it.
    const mine = otherProgram(emulator, region);
    expect(await mine.list(`/${prefix}/${scope.app}/${scope.environment}`)).toEqual({});
  });

  test("is entered anew before the session ends", async () => {
    await emulator.config({ sessionSeconds: 3 });
    const scope = newScope();
    const store = open(scope);
    await committed(store, 0, [set("A", "1")]);
    await new Promise((resolve) => setTimeout(resolve, 3100));
    expect(await contents(store)).toEqual({ revision: 1, values: texts({ A: "1" }) });
    const { calls } = await emulator.log();
    expect([...new Set(calls.map(({ outcome }) => outcome))].filter((one) => /Expired/u.test(one))).toEqual([]);
    expect((await assumed()).length).toBeGreaterThan(1);
  });

  test("stays closed to a wrong external ID: the role is named, with what its owner must write", async () => {
    const store = open(newScope(), { externalId: "another" });
    const error = await errorOf(store.manifest());
    expect([error.code, error.facts.changed]).toEqual(["provider_denied", false]);
    expect(error.message).toContain(role);
    expect(error.next).toContain("external ID another (sts:ExternalId)");
    expect((await emulator.log()).calls.map(({ action }) => action)).toEqual(["AssumeRole"]);
    // A person who mends the trust policy need not restart anything.
    await emulator.config({ roles: { [role]: "another" } });
    expect(await store.manifest()).toBeNull();
  });

  test("stays closed to a role that nobody trusts, in a save as in a check", async () => {
    const untrusted = { roleArn: `${role}-of-others`, externalId: undefined };
    const error = await errorOf(committed(open(newScope(), untrusted), 0, [set("A", "canary-value")]));
    expect([error.code, error.facts.changed]).toEqual(["provider_denied", false]);
    expect(inspect(error, { depth: Infinity })).not.toContain("canary-value");
    const findings = await kinds[kind](untrusted).check();
    expect(findings.filter(({ ok }) => ok).map(({ id }) => id)).toEqual(["identity"]);
    expect(findings[1]).toMatchObject({ required: true, message: expect.stringContaining(untrusted.roleArn) });
    expect(findings[1]?.next).toContain("give the connection externalId");
  });

  test.each([
    ["ExpiredToken", 403, "provider_denied", "check its clock"],
    ["SignatureDoesNotMatch", 403, "provider_denied", "check its clock"],
    ["RegionDisabledException", 403, "provider_denied", "Activate the Region"],
    ["ValidationError", 400, "provider_denied", "roleArn and externalId"],
    ["SomethingNew", 400, "provider_denied", "trust policy"],
    ["Throttling", 400, "provider_throttled", "later"],
    ["ServiceUnavailable", 503, "provider_unreachable", "try again"],
  ])("%s of STS is told apart", async (type, status, code, next) => {
    await emulator.faults([{ action: "AssumeRole", do: "error", type, status, times: 9 }]);
    const store = open(newScope());
    const error = await errorOf(store.manifest());
    expect([error.code, error.next]).toEqual([code, expect.stringContaining(next)]);
    expect(error.message).toContain(type);
    await emulator.faults([]);
    expect(await store.manifest()).toBeNull();
  });

  test("STS that cannot be reached is no refusal", async () => {
    process.env["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:9";
    const error = await errorOf(open(newScope()).manifest()).finally(() => {
      process.env["AWS_ENDPOINT_URL_STS"] = emulator.url;
    });
    expect([error.code, error.message]).toEqual(["provider_unreachable", expect.stringContaining("ECONNREFUSED")]);
  });
});
