import { generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { commit, committed, contents, newScope, set, texts } from "../../../../../conformance/store-world.ts";
import { startCloud } from "../../../../../e2e/harness/clouds.ts";
import { errorOf } from "../../../../../e2e/harness/openbao.ts";
import { testHost } from "../../../../../e2e/harness/store-host.ts";
import { startTokenService, type Asked } from "../../../../../e2e/harness/token-service.ts";
import type { StoreHost, StoreScope } from "../../../ports/secret-store.ts";
import { gcp, settings as schema } from "../gcp.ts";
import { documentBytes, pathOf } from "./documents.ts";

let service: Awaited<ReturnType<typeof startCloud>>;
beforeAll(async () => {
  service = await startCloud("gcp");
});
afterAll(() => service.stop());

const settings = schema.parse({ project: "keyroll-test" });
const hostWith = (variables: Readonly<Record<string, string>>, given: Partial<StoreHost> = {}): StoreHost => ({
  ...testHost(),
  variables: new Map([
    ["CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER", service.url.href],
    ...Object.entries(variables),
  ]),
  ...given,
});
const tokens = async (answer?: Parameters<typeof startTokenService>[0]) => {
  const made = await startTokenService(answer);
  onTestFinished(() => made.stop());
  return made;
};
const ready = async (given: Partial<StoreHost> = {}) => hostWith({ GCE_METADATA_HOST: (await tokens()).host }, given);
const pathTo = (scope: StoreScope): string => pathOf(settings, scope.app, scope.environment);

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const keyFile = (token_uri: string, more: object = {}): string => {
  const folder = mkdtempSync(join(tmpdir(), "keyroll-gcp-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const private_key = privateKey.export({ type: "pkcs8", format: "pem" });
  const key = { type: "service_account", client_email: "keyroll@test", private_key_id: "k1", private_key, token_uri };
  writeFileSync(join(folder, "key.json"), JSON.stringify({ ...key, ...more }));
  return join(folder, "key.json");
};

test("a service account's key signs for a token, which serves until shortly before its end", async () => {
  const given = await tokens();
  const uri = `http://${given.host}/token`;
  let ahead = 0;
  const machine = testHost().clock;
  const clock = { ...machine, now: () => machine.now() + ahead };
  const host = hostWith({ GOOGLE_APPLICATION_CREDENTIALS: keyFile(uri) }, { clock });
  const store = () => gcp.open(settings, newScope(), host);
  await Promise.all([store().manifest(), store().manifest(), store().manifest()]);
  expect(given.asked.length).toBe(1);
  const [head = "", body = "", signature = ""] = given.asked[0]?.form.get("assertion")?.split(".") ?? [];
  expect(verify("RSA-SHA256", Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, "base64url"))).toBe(
    true,
  );
  expect(JSON.parse(Buffer.from(head, "base64url").toString())).toEqual({ alg: "RS256", typ: "JWT", kid: "k1" });
  const claims = JSON.parse(Buffer.from(body, "base64url").toString());
  expect(claims).toMatchObject({ iss: "keyroll@test", aud: uri, exp: claims.iat + 3600 });
  ahead = 3_200_000;
  await store().manifest();
  expect(given.asked.length).toBe(1);
  ahead = 3_400_000;
  await store().manifest();
  expect(given.asked.length).toBe(2);
});

test("the metadata server is asked only when the server's environment names it, and as Google wants", async () => {
  const none = await errorOf(gcp.open(settings, newScope(), hostWith({})).manifest());
  expect([none.code, none.next]).toEqual(["provider_denied", expect.stringContaining("GCE_METADATA_HOST")]);
  const given = await tokens();
  await gcp.open(settings, newScope(), hostWith({ GCE_METADATA_HOST: given.host })).manifest();
  expect(given.asked).toMatchObject([
    {
      method: "GET",
      url: "/computeMetadata/v1/instance/service-accounts/default/token",
      headers: { "metadata-flavor": "Google" },
    } satisfies Partial<Asked>,
  ]);
});

test.each([
  [{ type: "external_account" }, "no service account's key"],
  [{ private_key: "canary-of-a-key" }, "cannot sign"],
])("a key file with %j is refused without a word of it", async (wrong, message) => {
  const file = keyFile("http://127.0.0.1:1/token", wrong);
  const error = await errorOf(
    gcp.open(settings, newScope(), hostWith({ GOOGLE_APPLICATION_CREDENTIALS: file })).manifest(),
  );
  expect([error.code, error.message]).toEqual(["provider_denied", expect.stringContaining(message)]);
  expect(inspect(error, { depth: Infinity })).not.toMatch(/canary|PRIVATE KEY/u);
});

test("a token service that refuses is denied with its code; one that cannot be reached is unreachable", async () => {
  const refusing = await tokens(() => ({
    status: 400,
    body: { error: "invalid_grant", error_description: "canary of the service" },
  }));
  const denied = await errorOf(
    gcp.open(settings, newScope(), hostWith({ GCE_METADATA_HOST: refusing.host })).manifest(),
  );
  expect([denied.code, denied.message]).toEqual(["provider_denied", expect.stringContaining("400 invalid_grant")]);
  expect(inspect(denied, { depth: Infinity })).not.toContain("canary");
  const gone = await errorOf(gcp.open(settings, newScope(), hostWith({ GCE_METADATA_HOST: "127.0.0.1:1" })).manifest());
  expect(gone.code).toBe("provider_unreachable");
});

test("check tries every right, tells the key, and leaves nothing behind", async () => {
  const all = await gcp.check(settings, await ready());
  expect(all.filter(({ ok }) => !ok)).toEqual([]);
  expect(all.find(({ id }) => id === "encrypted")?.message).toContain("Google's default key");
  const left = await service.administer("GET /v1/projects/keyroll-test/secrets");
  expect(left.secrets.filter(({ name }: { name: string }) => name.includes("keyroll-check"))).toEqual([]);
});

test("64 KiB are the limit, named before anything is written", async () => {
  const scope = newScope();
  const store = gcp.open(settings, scope, await ready());
  const error = await errorOf(commit(store, 0, [set("A", "x".repeat(40_000)), set("B", "x".repeat(40_000))]));
  expect([error.code, error.facts.limit, error.facts.changed]).toEqual(["limit_exceeded", documentBytes, false]);
  await expect(service.administer(`GET /v1/${pathTo(scope)}`)).rejects.toThrow("404");
});

test("other programs find the newest version by its alias; what lost is destroyed when old revisions are", async () => {
  const scope = newScope();
  const host = await ready();
  const stores = Array.from({ length: 5 }, () => gcp.open(settings, scope, host));
  await committed(gcp.open(settings, scope, host), 0, [set("A", "1")]);
  await Promise.all(stores.map(async (store) => await commit(store, 1, [set("A", "2")])));
  await committed(gcp.open(settings, scope, host), 2, [set("A", "3")]);
  const { payload } = await service.administer(`GET /v1/${pathTo(scope)}/versions/live:access`);
  expect(JSON.parse(Buffer.from(payload.data, "base64").toString())).toMatchObject({ revision: 3 });
  await gcp.open(settings, scope, host).upkeep.prune(new Set([2]), 1);
  const { versions } = await service.administer(`GET /v1/${pathTo(scope)}/versions`);
  expect(versions.length).toBeGreaterThan(3);
  expect(versions.filter(({ state }: { state: string }) => state === "ENABLED").length).toBe(2);
});

test("a purge destroys also what somebody disabled, and what a purge that was cut off left of no revision", async () => {
  const scope = newScope();
  const store = gcp.open(settings, scope, await ready());
  const path = pathTo(scope);
  for (const [at, value] of ["leaked", "leaked", "2"].entries()) await committed(store, at, [set("A", value)]);
  const add = async () =>
    await service.administer(`POST /v1/${path}:addVersion`, {
      payload: { data: Buffer.from("leaked").toString("base64") },
    });
  // A writer that lost: its version is in no history.
  await add();
  await committed(store, 3, [set("A", "4")]);
  await service.administer(`POST /v1/${path}/versions/1:disable`, {});
  const destroyed = async (): Promise<string[]> => {
    const { versions } = await service.administer(`GET /v1/${path}/versions`);
    const gone = versions.filter(({ state }: { state: string }) => state === "DESTROYED");
    return gone.map(({ name }: { name: string }) => name.split("/").at(-1)).toSorted();
  };
  await service.administer(`POST /v1/${path}/versions/2:destroy`, {});
  await store.upkeep.purge(["A"], new Set([1, 2]));
  expect(await destroyed()).toEqual(["1", "2", "4"]);
  // As after one that destroyed the revisions and nothing more.
  await add();
  await committed(store, 4, [set("A", "5")]);
  await store.upkeep.purge(["A"], new Set([1, 2]));
  expect(await destroyed()).toEqual(["1", "2", "4", "6"]);
});

test("what was done by hand is never taken for absent, and the error says the way back", async () => {
  const scope = newScope();
  const host = await ready();
  const store = gcp.open(settings, scope, host);
  await committed(store, 0, [set("A", "1")]);
  await committed(store, 1, [set("A", "2")]);
  const path = pathTo(scope);
  await service.administer(`POST /v1/${path}/versions/2:disable`, {});
  expect((await errorOf(store.manifest())).message).toContain("deleted by hand");
  await service.administer(`POST /v1/${path}/versions/2:enable`, {});
  await service.administer(`PATCH /v1/${path}?updateMask=versionAliases`, { versionAliases: { live: "1" } });
  const moved = await errorOf(store.manifest());
  expect([moved.code, moved.next]).toEqual(["integrity", expect.stringContaining("--update-version-aliases=live=N")]);
  await service.administer(`PATCH /v1/${path}?updateMask=versionAliases`, { versionAliases: { live: "2" } });
  expect(await contents(store)).toEqual({ revision: 2, values: texts({ A: "2" }) });
  const other = newScope();
  const [parent, id] = pathTo(other).split("/secrets/");
  await service.administer(`POST /v1/${parent}/secrets?secretId=${id}`, { replication: { automatic: {} } });
  expect((await errorOf(gcp.open(settings, other, host).manifest())).message).toContain(
    "not a secret that Keyroll made",
  );
});
