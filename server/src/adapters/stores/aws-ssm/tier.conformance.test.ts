import { inspect } from "node:util";
import type { KeyrollError } from "@keyroll/contract/errors";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { commit, committed, contents, newScope, remove, set, texts } from "../../../../../conformance/store-world.ts";
import { otherProgram, startParameterStore, type ParameterStore } from "../../../../../e2e/harness/parameter-store.ts";
import {
  ask,
  askToTheEnd,
  makeHome,
  startServer,
  type Home,
  type TestServer,
} from "../../../../../e2e/harness/server.ts";
import { testHost } from "../../../../../e2e/harness/store-host.ts";
import type { SecretStore, StoreScope } from "../../../ports/secret-store.ts";
import { Secret } from "../../../ports/secret.ts";
import { createAwsSsm } from "../aws-ssm.ts";

const region = "eu-west-1";
const prefix = `tier-${process.pid}`;
const day = 24 * 3_600_000;
let emulator: ParameterStore;
let others: ReturnType<typeof otherProgram>;
let home: Home;
let server: TestServer;

beforeAll(async () => {
  emulator = await startParameterStore();
  process.env["AWS_ENDPOINT_URL_SSM"] = emulator.url;
  others = otherProgram(emulator, region);
  home = await makeHome();
  const env = { AWS_ENDPOINT_URL_SSM: emulator.url, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
  server = await startServer({ ...home, env });
}, 60_000);
afterAll(async () => {
  await server?.stop();
  await home?.remove();
  emulator?.stop();
});
beforeEach(async () => await emulator.reset());

const open = (scope: StoreScope, tier: "standard" | "advanced", ahead = 0): SecretStore => {
  const host = testHost();
  const later = { ...host, clock: { ...host.clock, now: () => host.clock.now() + ahead } };
  return createAwsSsm({ patience: 500 }).open({ region, prefix, tier }, scope, later);
};
const valuesOf = ({ app, environment }: StoreScope): string => `/${prefix}/${app}/${environment}`;
const recordsOf = ({ app, environment }: StoreScope): string => `/${prefix}.rev/${app}/${environment}`;
/** The tier of what lies below a path, as it was put last. */
const tiersOf = async (path: string): Promise<Record<string, string>> => {
  const { calls } = await emulator.log();
  return Object.fromEntries(
    Object.keys(await others.list(path)).map((name) => [
      name,
      calls.findLast((call) => call.outcome === "ok" && call.tier !== undefined && call.name === `${path}/${name}`)
        ?.tier,
    ]),
  );
};
const large = (bytes: number): string => "€".repeat(Math.floor(bytes / 3)) + "x".repeat(bytes % 3);
const refused = async (store: SecretStore, value: Secret | string): Promise<KeyrollError> =>
  (await commit(store, 0, [set("LARGE", value)]).catch((error: unknown) => error)) as KeyrollError;

test("with consent 8192 bytes are taken and 8193 refused; without it 4096 are and 4097 refused, with the way on", async () => {
  const scope = newScope();
  for (const [tier, most] of [
    ["standard", 4096],
    ["advanced", 8192],
  ] as const) {
    for (const [value, limit] of [
      [large(most + 1), most],
      [new Secret(new Uint8Array((most / 4) * 3 + 1), true), (most / 4) * 3],
      [`{{${"x".repeat((most / 4) * 3 - 1)}`, (most / 4) * 3],
    ] as const) {
      const error = await refused(open(scope, tier), value);
      expect([error.code, error.facts.limit, error.facts.actual]).toEqual(["limit_exceeded", limit, limit + 1]);
      expect(error.next.includes("advanced")).toBe(tier === "standard");
      expect(inspect(error, { depth: Infinity })).not.toContain("€€€");
    }
  }
  expect((await emulator.log()).calls).toEqual([]);
  const store = open(scope, "advanced");
  const values = { SMALL: "1", FULL: large(4096), OVER: large(4097), LARGE: large(8192) };
  const encoded = `{{${"x".repeat(6142)}`;
  await committed(store, 0, [
    ...Object.entries(values).map(([key, value]) => set(key, value)),
    set("ENCODED", encoded),
    set("BINARY", new Secret(new Uint8Array(3072), true)),
  ]);
  expect((await contents(store))?.values).toMatchObject(texts({ ...values, ENCODED: encoded }));
  // Only what needs it costs; records never do.
  expect(await tiersOf(valuesOf(scope))).toEqual({
    BINARY: "Standard",
    ENCODED: "Advanced",
    FULL: "Standard",
    LARGE: "Advanced",
    OVER: "Advanced",
    SMALL: "Standard",
  });
  expect(new Set(Object.values(await tiersOf(recordsOf(scope))))).toEqual(new Set(["Standard"]));
});

test("a parameter that was large once stays advanced and is written on, also when the consent is withdrawn", async () => {
  const scope = newScope();
  await committed(open(scope, "advanced"), 0, [set("A", large(5000)), set("B", "b")]);
  const plain = open(scope, "standard");
  expect((await contents(plain))?.values).toEqual(texts({ A: large(5000), B: "b" }));
  await committed(plain, 1, [set("A", "small"), set("B", "bb")]);
  expect((await contents(plain))?.values).toEqual(texts({ A: "small", B: "bb" }));
  expect(await tiersOf(valuesOf(scope))).toEqual({ A: "Advanced", B: "Standard" });
  // What somebody else made advanced is written as well.
  await others.put(`${valuesOf(scope)}/THEIRS`, "x", "SecureString", "Advanced");
  await committed(plain, 2, [set("THEIRS", "ours")]);
  expect((await contents(plain))?.values).toEqual(texts({ A: "small", B: "bb", THEIRS: "ours" }));
  expect((await refused(plain, large(4097))).code).toBe("limit_exceeded");
});

test("a pinned large value that others push towards its end is put anew, also without the consent", async () => {
  const scope = newScope();
  await committed(open(scope, "advanced"), 0, [set("A", large(5000)), set("B", "b")]);
  for (let version = 0; version < 60; version++)
    await others.put(`${valuesOf(scope)}/A`, `foreign ${version}`, "SecureString", "Advanced");
  const plain = open(scope, "standard");
  await committed(plain, 1, [set("A", "mine")]);
  const old = await plain.read(2);
  expect(old.get("A")?.size).toBe(5000);
  expect((await contents(plain))?.values).toMatchObject(texts({ A: "mine" }));
}, 60_000);

test("a removed key that is pruned costs nothing any more, and is a standard one when it comes again", async () => {
  const scope = newScope();
  await committed(open(scope, "advanced"), 0, [set("A", large(8192)), set("B", "b")]);
  await committed(open(scope, "advanced"), 1, [remove("A")]);
  while ((await open(scope, "advanced", 2 * day).upkeep.prune(new Set(), 1)).more);
  expect(await tiersOf(valuesOf(scope))).toEqual({ B: "Standard" });
  await committed(open(scope, "standard"), 2, [set("A", "again")]);
  expect(await tiersOf(valuesOf(scope))).toEqual({ A: "Standard", B: "Standard" });
});

test("check tries the advanced tier where it was consented to, names the right, and leaves nothing behind", async () => {
  const kind = createAwsSsm();
  const settings = { region, prefix: `${prefix}-check`, tier: "advanced" } as const;
  const findings = await kind.check(settings, testHost());
  expect(findings.filter(({ ok, required }) => required && !ok)).toEqual([]);
  expect(findings.find(({ id }) => id === "advanced")?.what).toContain("kms:GenerateDataKey");
  expect(await others.list(`/${prefix}-check.rev/check`)).toEqual({});
  const standard = await kind.check({ ...settings, tier: "standard" }, testHost());
  expect(standard.map(({ id }) => id)).not.toContain("advanced");
});

test("a connection takes the tier by consent only, and also later, where environments have values", async () => {
  const settings = { region, prefix: `${prefix}-server` };
  const store = (tier?: string) => ({
    kind: "aws-ssm",
    settings: tier === undefined ? settings : { ...settings, tier },
  });
  const body = { name: "cloud", cluster: { kind: "process" } };
  const without = await ask(server, "POST /connections", { body: { ...body, store: store("advanced") } });
  expect([without.status, without.body.code, without.body.field]).toEqual([
    422,
    "confirmation_required",
    "store.settings.tier",
  ]);
  expect(without.body.detail).toContain("$0.05 a month");
  expect((await ask(server, "GET /connections")).body.items).toEqual([]);
  expect((await ask(server, "POST /connections", { body: { ...body, store: store() } })).status).toBe(201);
  await ask(server, "POST /apps", { body: { name: "shop" } });
  await ask(server, "POST /apps/shop/environments", { body: { name: "dev", connection: "cloud", kind: "sandbox" } });
  const base = "/apps/shop/environments/dev/secrets";
  const save = async (ifMatch: number, bytes: number): Promise<any> =>
    (await askToTheEnd(server, `PATCH ${base}`, { ifMatch, body: { set: { A: large(bytes) } } })).body;
  const limits = async () => (await ask(server, `GET ${base}`)).body.limits;
  const update = async (given: object) => await ask(server, "PATCH /connections/cloud", { body: given });

  const refusal = await save(0, 4097);
  expect(refusal).toMatchObject({ code: "limit_exceeded", key: "A", limit: 4096, actual: 4097 });
  expect(refusal.detail).toContain("`tier` advanced");
  expect(refusal.detail).toContain("$0.05 a month");
  expect(await limits()).toMatchObject({ valueBytes: 4096, larger: expect.stringContaining("8192") });
  const plan = await ask(server, `POST ${base}/plan`, { body: { set: { A: large(4097) } } });
  expect(plan.body.problems).toMatchObject([{ rule: "value-size", limit: 4096 }]);

  expect((await update({ store: store("advanced") })).body.code).toBe("confirmation_required");
  expect(
    (
      await update({
        store: { ...store("advanced"), settings: { ...settings, prefix: "x", tier: "advanced" } },
        acceptCost: true,
      })
    ).body.code,
  ).toBe("in_use");
  expect((await update({ store: store("advanced"), acceptCost: true })).status).toBe(200);
  expect(await limits()).toMatchObject({ valueBytes: 8192, larger: null });
  expect(await save(0, 8192)).toMatchObject({ revision: 1, verified: true });
  expect(await save(1, 8193)).toMatchObject({ code: "limit_exceeded", limit: 8192, actual: 8193 });
  // Said once; and going back needs no consent.
  expect((await update({ store: store("advanced") })).status).toBe(200);
  expect((await update({ store: store("standard") })).status).toBe(200);
  expect(await save(1, 100)).toMatchObject({ revision: 2, verified: true });
  const audit = (await ask(server, "GET /audit?action=connections.update")).body.items;
  expect(audit.map(({ details }: any) => details.acceptedCost)).toEqual([undefined, undefined, true]);
  const stores = (await ask(server, "GET /stores")).body.items;
  expect(stores.find(({ kind }: any) => kind === "aws-ssm").costs).toMatchObject([
    { setting: "tier", value: "advanced" },
  ]);
});
