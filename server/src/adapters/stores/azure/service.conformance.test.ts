import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { atEveryCall, Stopped } from "../../../../../conformance/faults.ts";
import {
  commit,
  committed,
  contents,
  newScope,
  newTxn,
  set,
  texts,
  type Wrap,
  untouched,
} from "../../../../../conformance/store-world.ts";
import { startCloud } from "../../../../../e2e/harness/clouds.ts";
import { errorOf } from "../../../../../e2e/harness/openbao.ts";
import { testHost } from "../../../../../e2e/harness/store-host.ts";
import { startTokenService } from "../../../../../e2e/harness/token-service.ts";
import type { StoreScope } from "../../../ports/secret-store.ts";
import { azure, settings as schema } from "../azure.ts";
import { documentStore } from "../document-store.ts";
import { restOf } from "./client.ts";
import { documentBytes, vaultDocument } from "./documents.ts";
import { createSecrets } from "./secrets.ts";
import { nameOf } from "./versions.ts";

let service: Awaited<ReturnType<typeof startCloud>>;
let tokens: Awaited<ReturnType<typeof startTokenService>>;
beforeAll(async () => {
  // A second of the service lasts 50 ms.
  service = await startCloud("azure", 20);
  await service.config({ throttle: false });
  tokens = await startTokenService();
});
afterAll(() => {
  service.stop();
  tokens.stop();
});

const prefix = "service";
const hostWith = (variables: Readonly<Record<string, string>>) => ({
  ...testHost(),
  variables: new Map([["AZURE_KEYVAULT_URL", service.url.origin], ...Object.entries(variables)]),
});
const ready = () => hostWith({ AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://${tokens.host}` });
const settings = () => schema.parse({ vaultUrl: service.url.origin, prefix });
const openStore = (scope: StoreScope, wrap: Wrap = untouched) => {
  const host = ready();
  const secrets = createSecrets(wrap(restOf(service.url.origin, host)), host.clock);
  return documentStore(vaultDocument(secrets, { prefix }, scope, host, { settle: 1000, look: 15 }), { scope, ...host });
};
const headOf = (scope: StoreScope): string => nameOf(prefix, scope.app, scope.environment);
const administer = async (what: string, body?: unknown) => await service.administer(`${what}?api-version=7.4`, body);

test("the server signs in by client secret, federated token file, or a managed identity", async () => {
  const folder = mkdtempSync(join(tmpdir(), "keyroll-azure-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "token"), "federated\n");
  const authority = `http://${tokens.host}`;
  const client = { AZURE_AUTHORITY_HOST: authority, AZURE_TENANT_ID: "tenant", AZURE_CLIENT_ID: "client" };
  const askedWith = async (variables: Readonly<Record<string, string>>) => {
    tokens.asked.length = 0;
    await azure.open(settings(), newScope(), hostWith(variables)).manifest();
    const [asked] = tokens.asked;
    return { url: asked?.url, headers: asked?.headers, form: Object.fromEntries(asked?.form ?? []) };
  };
  const common = { client_id: "client", scope: "https://vault.azure.net/.default", grant_type: "client_credentials" };
  const bySecret = await askedWith({ ...client, AZURE_CLIENT_SECRET: "s3cret" });
  expect(bySecret).toMatchObject({ url: "/tenant/oauth2/v2.0/token", form: { ...common, client_secret: "s3cret" } });
  const byFile = await askedWith({ ...client, AZURE_FEDERATED_TOKEN_FILE: join(folder, "token") });
  expect(byFile.form).toMatchObject({ ...common, client_assertion: "federated" });
  const byApp = await askedWith({ IDENTITY_ENDPOINT: `${authority}/msi`, IDENTITY_HEADER: "proof" });
  expect(byApp).toMatchObject({
    url: "/msi?api-version=2019-08-01&resource=https%3A%2F%2Fvault.azure.net",
    headers: { "x-identity-header": "proof" },
  });
  expect(await askedWith({ AZURE_POD_IDENTITY_AUTHORITY_HOST: authority })).toMatchObject({
    url: "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net",
    headers: { metadata: "true" },
  });
  const none = await errorOf(azure.open(settings(), newScope(), hostWith({})).manifest());
  expect([none.code, none.next]).toEqual(["provider_denied", expect.stringContaining("AZURE_CLIENT_SECRET")]);
});

test.each(["https://vault.example.com", "http://mine.vault.azure.net", "https://mine.vault.azure.net.example.com"])(
  "no token is sent to %s",
  async (vaultUrl) => {
    tokens.asked.length = 0;
    const host = ready();
    const error = await errorOf(
      (async () => await azure.open(schema.parse({ vaultUrl }), newScope(), host).manifest())(),
    );
    expect([error.code, error.facts.field]).toEqual(["provider_denied", "store.settings.vaultUrl"]);
    expect(tokens.asked).toEqual([]);
  },
);

test("check tries every right, says that there is no compare-and-swap, and leaves nothing behind", async () => {
  const all = await azure.check(settings(), ready());
  expect(all.filter(({ ok }) => !ok)).toEqual([]);
  expect(all.find(({ id }) => id === "compare-and-swap")?.what).toBe("none in Key Vault");
  expect((await administer("GET /deletedsecrets")).value).toEqual([]);
  await service.config({ purgeProtection: true });
  const protective = await azure.check(settings(), ready());
  await service.config({ purgeProtection: false });
  expect(protective.filter(({ ok }) => !ok)).toMatchObject([{ id: "purge", required: false }]);
});

test("a document in parts is whole or absent after a crash at any call, and its parts go with it", async () => {
  const large = (text: string) => ["A", "B", "C"].map((key) => set(key, text.repeat(20_000)));
  const scopes: StoreScope[] = [];
  await atEveryCall(async (faults, at) => {
    const scope = newScope();
    scopes.push(scope);
    const clean = openStore(scope);
    await committed(clean, 0, large("a"));
    const txn = newTxn();
    await commit(openStore(scope, faults.wrap), 1, large("b"), txn).catch((error: unknown) => {
      const causes = [error];
      for (let cause = error; cause instanceof Error; cause = cause.cause) causes.push(cause);
      if (!causes.some((cause) => cause instanceof Stopped)) throw error;
    });
    const left = await contents(clean);
    const text = left?.revision === 1 ? "a" : "b";
    expect(left?.values, at).toEqual(
      texts(Object.fromEntries(["A", "B", "C"].map((key) => [key, text.repeat(20_000)]))),
    );
    expect((await committed(clean, 1, large("b"), txn)).revision, at).toBe(2);
  });
  const [scope = newScope()] = scopes;
  await openStore(scope).upkeep.prune(new Set(), 1);
  await openStore(scope).upkeep.destroy("purge");
  for (const area of ["secrets", "deletedsecrets"])
    for (const part of ["", "-p-1-1", "-p-2-3"])
      await expect(administer(`GET /${area}/${headOf(scope)}${part}`)).rejects.toThrow("404");
}, 120_000);

test("too much for all parts is refused with the figures, before anything is written", async () => {
  const scope = newScope();
  const half = "x".repeat(documentBytes / 2);
  const error = await errorOf(commit(openStore(scope), 0, [set("A", half), set("B", half)]));
  expect([error.code, error.facts.limit, error.facts.changed]).toEqual(["limit_exceeded", documentBytes, false]);
  await expect(administer(`GET /secrets/${headOf(scope)}`)).rejects.toThrow("404");
});

test("a removal can be undone, saving anew recovers the name, and what was done by hand is not taken for absent", async () => {
  const scope = newScope();
  const store = openStore(scope);
  await committed(store, 0, [set("A", "1")]);
  await store.upkeep.destroy("soft");
  expect((await administer(`GET /deletedsecrets/${headOf(scope)}`)).tags).toMatchObject({
    "keyroll-destroyed": "true",
  });
  expect(await store.manifest()).toBeNull();
  const { revision } = await committed(store, 0, [set("B", "2")]);
  expect(await contents(store)).toEqual({ revision, values: texts({ B: "2" }) });
  expect((await errorOf(store.read(1))).code).toBe("revision_gone");
  await administer(`DELETE /secrets/${headOf(scope)}`);
  for (const ask of [async () => await store.manifest(), async () => await commit(store, 0, [])]) {
    const error = await errorOf(ask());
    expect([error.code, error.next]).toEqual(["integrity", expect.stringContaining("az keyvault secret recover")]);
  }
  await administer(`POST /deletedsecrets/${headOf(scope)}/recover`);
  await administer(`PUT /secrets/${headOf(scope)}`, { value: "canary by hand" });
  const foreign = await errorOf(store.manifest());
  expect([foreign.code, foreign.next]).toEqual(["integrity", expect.stringContaining("--enabled false")]);
  expect(inspect(foreign, { depth: Infinity })).not.toContain("canary");
});
