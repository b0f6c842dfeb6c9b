import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startParameterStore, type ParameterStore } from "../../../../e2e/harness/parameter-store.ts";
import { testHost } from "../../../../e2e/harness/store-host.ts";
import { createStores } from "./index.ts";

const region = "eu-west-1";
const role = "arn:aws:iam::210987654321:role/keyroll";
const own = { ...process.env };
let emulator: ParameterStore;

beforeAll(async () => {
  emulator = await startParameterStore();
});
afterAll(() => emulator.stop());
beforeEach(async () => {
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]) {
    if (own[name] === undefined) delete process.env[name];
    else process.env[name] = own[name];
  }
  process.env["AWS_SECRET_ACCESS_KEY"] = "canary-secret-key";
  process.env["AWS_ENDPOINT_URL_SSM"] = emulator.url;
  process.env["AWS_ENDPOINT_URL_STS"] = emulator.url;
  await emulator.reset();
  await emulator.config({ roles: null, regions: null, clockMs: 0, deny: [] });
});

describe.each(["aws-ssm", "aws-secrets-manager"])("a check of %s", (kind) => {
  const check = async (settings: object = {}): Promise<readonly any[]> => {
    const variables = new Map([["AWS_ENDPOINT_URL_SECRETS_MANAGER", emulator.url]]);
    const given = { region, prefix: `identity-${process.pid}`, ...settings };
    const findings = await createStores().check(kind, given, { ...testHost(), variables });
    expect(inspect(findings, { depth: Infinity })).not.toContain("canary-secret-key");
    return findings;
  };
  /** Nothing else is tried: it would fail for the same reason. */
  const onlyRefusal = async (settings: object = {}): Promise<any> => {
    const findings = await check(settings);
    expect(findings.map(({ id, ok, required }) => [id, ok, required])).toEqual([["identity", false, true]]);
    return findings[0];
  };

  test("says first who Keyroll is, and in which account", async () => {
    const [first, ...others] = await check();
    expect(first).toMatchObject({ id: "identity", ok: true, required: true });
    expect(first.message).toMatch(/^Keyroll works as arn:aws:sts::123456789012:\S+, in the account 123456789012\.$/u);
    expect(others.filter(({ ok, required }) => !ok && required)).toEqual([]);
    expect(others.length).toBeGreaterThan(3);
  });

  test("says who the server is, and who it is by the role", async () => {
    const [server, assumed, ...others] = await check({ roleArn: role });
    expect(server.message).toMatch(/^The server itself is arn:aws:sts::123456789012:/u);
    expect(assumed).toMatchObject({ id: "assume", ok: true });
    expect(assumed.message).toContain(
      "arn:aws:sts::210987654321:assumed-role/keyroll/keyroll, in the account 210987654321",
    );
    expect(others.filter(({ ok, required }) => !ok && required)).toEqual([]);
  });

  test("says who the server is also where it may not assume the role: that is whom the role must trust", async () => {
    await emulator.config({ roles: {} });
    const findings = await check({ roleArn: role, externalId: "shop-7341" });
    expect(findings.map(({ id, ok }) => [id, ok])).toEqual([
      ["identity", true],
      ["assume", false],
    ]);
    expect(findings[1]!.next).toContain("shop-7341");
  });

  test("tells a session that has expired", async () => {
    process.env["AWS_SESSION_TOKEN"] = "EXPIRED";
    const { message, next } = await onlyRefusal();
    expect([message, next]).toEqual([
      expect.stringContaining("session has expired (ExpiredToken"),
      expect.stringContaining("AWS_SESSION_TOKEN"),
    ]);
  });

  test.each([
    [1_200_000, "1200 s behind AWS's"],
    [-1_200_000, "1200 s ahead of AWS's"],
  ])("tells a clock that is %d ms off", async (clockMs, words) => {
    await emulator.config({ clockMs });
    const { message, next } = await onlyRefusal();
    expect(message.replaceAll(/1(199|201)/gu, "1200")).toContain(words);
    expect(next).toContain("clock");
  });

  test("tells a clock that is nearly too far off, and goes on", async () => {
    await emulator.config({ clockMs: 200_000 });
    const findings = await check();
    const clock = findings.find(({ id }) => id === "clock");
    expect(clock).toMatchObject({ ok: false, required: false, message: expect.stringContaining("300 s off") });
    expect(findings.filter(({ ok, required }) => !ok && required)).toEqual([]);
  });

  test("tells a wrong secret key from a wrong clock", async () => {
    await emulator.faults([{ action: "GetCallerIdentity", do: "error", type: "SignatureDoesNotMatch", status: 403 }]);
    const { message, next } = await onlyRefusal();
    expect([message, next]).toEqual([
      expect.stringContaining("its clock is right"),
      expect.stringContaining("AWS_SECRET_ACCESS_KEY belongs"),
    ]);
  });

  test("tells a Region that the account has not enabled from a key that nobody knows", async () => {
    await emulator.config({ regions: ["us-east-1"] });
    expect((await onlyRefusal({ region: "af-south-1" })).message).toContain(
      "The Region af-south-1 is not enabled in the account 123456789012",
    );
    await emulator.config({ regions: [] });
    const { message, next } = await onlyRefusal();
    expect([message, next]).toEqual([
      expect.stringContaining("does not know the access key"),
      expect.stringContaining("partition aws."),
    ]);
  });

  test("tells a Region that does not exist, and goes on: the store may still answer", async () => {
    process.env["AWS_ENDPOINT_URL_STS"] = "http://sts.eu-wset-1.invalid";
    const [first, ...others] = await check();
    expect(first).toMatchObject({ id: "identity", ok: false, required: false });
    expect([first.message, first.next]).toEqual([
      expect.stringContaining("There is no address of STS in eu-west-1"),
      expect.stringContaining("spelled right"),
    ]);
    expect(others.filter(({ ok, required }) => !ok && required)).toEqual([]);
  });

  test("needs STS where there is a role", async () => {
    process.env["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:9";
    expect((await onlyRefusal({ roleArn: role })).message).toContain("ECONNREFUSED");
  });
});
