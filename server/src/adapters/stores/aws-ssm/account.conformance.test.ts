import { LabelParameterVersionCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { commit, committed, newScope, plain, set, texts } from "../../../../../conformance/store-world.ts";
import { isLongRun, recordEvidence } from "../../../../../e2e/harness/evidence.ts";
import { otherProgram, startParameterStore, type ParameterStore } from "../../../../../e2e/harness/parameter-store.ts";
import { testHost } from "../../../../../e2e/harness/store-host.ts";
import type { SecretStore, StoreScope } from "../../../ports/secret-store.ts";
import { createAwsSsm } from "../aws-ssm.ts";

const region = "eu-west-1";
const prefix = `account-${process.pid}`;
let emulator: ParameterStore;

beforeAll(async () => {
  emulator = await startParameterStore();
  process.env["AWS_ENDPOINT_URL_SSM"] = emulator.url;
});
afterAll(() => emulator?.stop());
beforeEach(async () => await emulator.reset());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const day = 24 * 3_600_000;
/** A process with a client of its own, whose clock is `ahead` milliseconds ahead where ages are looked at. */
const open = (scope: StoreScope, { kmsKeyId, ahead = 0 }: { kmsKeyId?: string; ahead?: number } = {}): SecretStore => {
  const host = testHost();
  const later = { ...host, clock: { ...host.clock, now: () => host.clock.now() + ahead } };
  const settings = { region, prefix, ...(kmsKeyId === undefined ? {} : { kmsKeyId }) };
  return createAwsSsm({ patience: 500 }).open(settings, scope, later);
};
const nameOf = ({ app, environment }: StoreScope, key: string): string => `/${prefix}/${app}/${environment}/${key}`;

/** One call of KMS. The emulator looks at who asks, not at the signature. */
const kms = async (action: string, body: Readonly<Record<string, unknown>>): Promise<any> => {
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/gu, "");
  const credential = `test/${date.slice(0, 8)}/${region}/kms/aws4_request`;
  const answer = await fetch(emulator.url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `TrentService.${action}`,
      "x-amz-date": date,
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  const text = await answer.text();
  return text === "" ? {} : JSON.parse(text);
};

test("after 105 saves of one key the newest 100 versions can be read back, and the others are said to be gone", async () => {
  const scope = newScope();
  const store = open(scope);
  for (let n = 0; n < 105; n++) await committed(store, n, [set("A", `value ${n + 1}`)]);
  expect(plain(await open(scope).read(105))).toEqual(texts({ A: "value 105" }));
  expect(plain(await open(scope).read(6))).toEqual(texts({ A: "value 6" }));
  const gone = (await open(scope).revisions({ limit: 200 })).filter(({ readable }) => !readable);
  expect(gone.map(({ revision }) => revision)).toEqual([5, 4, 3, 2, 1]);
  for (const { revision } of gone)
    await expect(open(scope).read(revision)).rejects.toMatchObject({ code: "revision_gone", facts: { keys: ["A"] } });
}, 240_000);

test("of 40 revisions, each that is kept by pruning can be restored", async () => {
  const scope = newScope();
  const store = open(scope);
  for (let n = 0; n < 40; n++) await committed(store, n, [set("A", `value ${n + 1}`), set(`K${n % 5}`, `k ${n}`)]);
  const kept = Array.from({ length: 20 }, (_, i) => 21 + i);
  const before = new Map<number, Record<string, string>>();
  for (const revision of kept) before.set(revision, plain(await store.read(revision)));
  while ((await open(scope, { ahead: 2 * day }).upkeep.prune(new Set(kept), 1)).more);
  expect((await store.revisions({ limit: 100 })).map(({ revision }) => revision)).toEqual(kept.toReversed());
  let newest = 40;
  for (const revision of kept) {
    const values = await store.read(revision);
    newest = (
      await committed(
        store,
        newest,
        [...values].map(([key, value]) => set(key, value)),
      )
    ).revision;
    expect(plain(await open(scope).read(newest))).toEqual(before.get(revision));
  }
}, 240_000);

test("a label on the oldest version stops the save of that key: the error names parameter and version", async () => {
  const scope = newScope();
  const store = open(scope);
  await committed(store, 0, [set("A", "1"), set("B", "1")]);
  const others = otherProgram(emulator, region);
  const name = nameOf(scope, "A");
  for (let n = 2; n <= 100; n++) await others.put(name, `theirs ${n}`);
  const client = new SSMClient({ region, endpoint: emulator.url });
  await client.send(new LabelParameterVersionCommand({ Name: name, ParameterVersion: 1, Labels: ["live"] }));
  await expect(commit(store, 1, [set("A", "2"), set("B", "2")])).rejects.toMatchObject({
    code: "provider_denied",
    message: expect.stringContaining(`PutParameter on ${name} (ParameterMaxVersionLimitExceeded)`),
    facts: { changed: false, next: expect.stringMatching(/^Move the label of version 1 to a newer version/u) },
  });
  expect((await store.manifest())?.revision).toBe(1);
  expect((await committed(store, 1, [set("B", "2")])).revision).toBe(2);
}, 120_000);

test("a KMS key that was disabled is a read that fails whole and names the parameter; what another key encrypts is read", async () => {
  const scope = newScope();
  const kmsKeyId: string = (await kms("CreateKey", {})).KeyMetadata.KeyId;
  await committed(open(scope), 0, [set("USUAL", "1")]);
  await committed(open(scope, { kmsKeyId }), 1, [set("OWN", "2")]);
  await kms("DisableKey", { KeyId: kmsKeyId });
  // The record of that save is encrypted with the key as well; the one before it is not.
  await expect(open(scope).manifest()).rejects.toMatchObject({
    code: "provider_denied",
    message: expect.stringMatching(/GetParameters on \/.*\/000002:1 \(InvalidKeyId\)\. Its KMS key cannot be used\./u),
    facts: { next: expect.stringContaining("is enabled") },
  });
  expect(plain(await open(scope).read(1))).toEqual(texts({ USUAL: "1" }));
  await expect(commit(open(scope, { kmsKeyId }), 2, [set("OWN", "3")])).rejects.toMatchObject({
    code: "provider_denied",
    facts: { changed: false },
  });
});

test("credentials that have expired are said to be that, with what to do; nothing is taken for never saved", async () => {
  const scope = newScope();
  await committed(open(scope), 0, [set("A", "1")]);
  vi.stubEnv("AWS_SESSION_TOKEN", "EXPIRED");
  const denied = { code: "provider_denied", facts: { next: expect.stringContaining("Give the server a role") } };
  await expect(open(scope).manifest()).rejects.toMatchObject(denied);
  await expect(commit(open(scope), 1, [set("A", "2")])).rejects.toMatchObject(denied);
  vi.unstubAllEnvs();
  expect((await open(scope).manifest())?.revision).toBe(1);
});

test.each([-1, 1])("a clock that is wrong by %i h is an error that says to check the clock", async (hours) => {
  const scope = newScope();
  await committed(open(scope), 0, [set("A", "1")]);
  vi.useFakeTimers({ toFake: ["Date"], now: testHost().clock.now() + hours * 3_600_000 });
  await expect(open(scope).manifest()).rejects.toMatchObject({
    code: "provider_denied",
    facts: { next: expect.stringContaining("check its clock") },
  });
});

test("an account that throttles every put for a while is waited out; then all is saved, each value once", async () => {
  const seconds = isLongRun ? 60 : 10;
  const scope = newScope();
  const host = testHost({ "aws-ssm:put:": { perSecond: 3, burst: 20 }, "": { perSecond: 1000, burst: 1000 } });
  const store = createAwsSsm({}).open({ region, prefix }, scope, host);
  const values = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`K${i}`, `v${i}`]));
  await emulator.faults([{ action: "PutParameter", do: "throttle", times: 1_000_000 }]);
  const saving = committed(
    store,
    0,
    Object.entries(values).map(([key, value]) => set(key, value)),
  );
  await host.clock.sleep(seconds * 1000);
  const { throttled, ok } = (await emulator.log()).actions.PutParameter;
  expect(throttled).toBeGreaterThan(3);
  expect(ok).toBe(0);
  await emulator.faults([]);
  await saving;
  // Ten values, the digest key and the record.
  expect((await emulator.log()).actions.PutParameter.ok).toBe(12);
  expect(plain(await open(scope).read(1))).toEqual(texts(values));
  recordEvidence("Parameter Store: a save of 10 keys while every put is throttled", {
    "seconds throttled": seconds,
    "puts throttled": throttled,
    "values put twice": 0,
  });
}, 400_000);
