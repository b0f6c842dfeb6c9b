import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { filesBelow, placesOf } from "../../e2e/harness/canary.ts";
import { makeAuthority } from "../../e2e/harness/certificates.ts";
import { aksId, gkeName, proofs, startManagedClusters } from "../../e2e/harness/managed-clusters.ts";
import { ask, makeHome, startServer, type Home, type TestServer } from "../../e2e/harness/server.ts";

const gkeKey = "projects/shop-prod-1/locations/europe-west1/keyRings/ring/cryptoKeys/etcd";
const aksKey = "https://shop.vault.azure.net/keys/etcd/1";
let clouds: Awaited<ReturnType<typeof startManagedClusters>>;
let home: Home;
let server: TestServer;
/** Everything that the API answered. */
let answers = "";

beforeAll(async () => {
  clouds = await startManagedClusters();
  home = await makeHome();
  server = await startServer({ ...home, env: clouds.env });
  for (const [name, cloudCluster] of Object.entries({ gke: gkeName, aks: aksId, plain: undefined }))
    await connect(name, { cloudCluster });
}, 60_000);
afterAll(async () => {
  await server.stop();
  await home.remove();
  clouds.stop();
});
beforeEach(() => {
  clouds.asked.length = 0;
  clouds.versionIs("v1.34.1-gke.1080000");
});

const connect = async (name: string, own: object = {}) => {
  const cluster = { kind: "kubernetes", kubeconfig: clouds.kubeconfig(), ...own };
  const made = await ask(server, "POST /connections", { body: { name, cluster } });
  answers += JSON.stringify(made.body);
  return made;
};

/** What a check says of encryption, after it found nothing else wrong. */
const checked = async (name: string, by: Pick<TestServer, "url"> = server): Promise<any> => {
  const { body } = await ask(by, `POST /connections/${name}/check`, { body: {} });
  answers += JSON.stringify(body);
  expect(body.ok).toBe(true);
  return body.findings.find(({ id }: any) => id === "encryption");
};
const shown = async (name: string): Promise<any> => (await ask(server, `GET /connections/${name}`)).body.connection;

test("a connection shows what its cloud calls its cluster, and takes nothing else for it", async () => {
  expect((await shown("gke")).cluster).toMatchObject({ identity: "token", cloudCluster: gkeName });
  expect((await shown("aks")).cluster).toMatchObject({ identity: "token", cloudCluster: aksId });
  expect((await shown("plain")).cluster).not.toHaveProperty("cloudCluster");
  const refused = await connect("refused", { cloudCluster: `${gkeName}/../other` });
  expect(refused.body).toMatchObject({ code: "invalid", field: "cluster.cloudCluster" });
  expect(refused.body.next).toContain("projects/PROJECT/locations/LOCATION/clusters/NAME");
  expect((await connect("later")).status).toBe(201);
  const cluster = { kind: "kubernetes", kubeconfig: clouds.kubeconfig(), cloudCluster: gkeName };
  const changed = await ask(server, "PATCH /connections/later", { body: { cluster } });
  expect(changed.body.connection.cluster).toMatchObject({ cloudCluster: gkeName });
});

test("who named no cluster is told the command, and how to let Keyroll ask; no cloud is asked", async () => {
  const found = await checked("plain");
  expect([found.ok, found.next]).toEqual([false, expect.stringContaining("names its GKE cluster (--cloud-cluster)")]);
  expect(clouds.asked).toEqual([]);
});

test.each([
  [{ state: "ENCRYPTED", currentState: "CURRENT_STATE_ENCRYPTED", keyName: gkeKey }, "declared", gkeKey],
  [{ state: "ALL_OBJECTS_ENCRYPTION_ENABLED", keyName: gkeKey }, "declared", gkeKey],
  [{ state: "ENCRYPTED", keyName: "" }, "declared", "a KMS key"],
  [{ state: "DECRYPTED", currentState: "CURRENT_STATE_DECRYPTED" }, "not-encrypted", "no Secret"],
  [{ state: "ENCRYPTED", currentState: "CURRENT_STATE_ENCRYPTION_PENDING" }, "unknown", "just now"],
  [{ state: "ENCRYPTED", currentState: "CURRENT_STATE_ENCRYPTION_ERROR" }, "unknown", "ENCRYPTION_ERROR"],
  [undefined, "unknown", "says nothing of databaseEncryption"],
])("GKE's databaseEncryption %j is %s", async (databaseEncryption, state, why) => {
  clouds.gkeSays(databaseEncryption);
  const found = await checked("gke");
  expect(found).toMatchObject({ ok: state === "declared", required: false, message: expect.stringContaining(why) });
  expect((await shown("gke")).encryption).toMatchObject({ state, checkedAt: expect.any(Number) });
  expect(clouds.asked.at(-1)).toBe(`GET /v1/${gkeName}`);
});

test.each([
  [{ azureKeyVaultKms: { enabled: true, keyId: aksKey } }, "declared", aksKey],
  [{ kubernetesResourceObjectEncryptionProfile: { infrastructureEncryption: "Enabled" } }, "declared", "AKS manages"],
  [
    { kubernetesResourceObjectEncryptionProfile: { infrastructureEncryption: "Disabled" } },
    "not-encrypted",
    "no Secret",
  ],
  [{ azureKeyVaultKms: null, kubernetesResourceObjectEncryptionProfile: null }, "not-encrypted", "no Secret"],
  [{ azureKeyVaultKms: { enabled: false } }, "not-encrypted", "no Secret"],
  [undefined, "not-encrypted", "no Secret"],
])("AKS's securityProfile %j is %s", async (securityProfile, state, why) => {
  // Nothing in the version says whose it is: the name does.
  clouds.versionIs("v1.34.2");
  clouds.aksSays(() => ({ securityProfile }));
  const found = await checked("aks");
  expect(found).toMatchObject({ ok: state === "declared", required: false, message: expect.stringContaining(why) });
  expect((await shown("aks")).encryption).toMatchObject({ state });
  expect(clouds.asked.at(-1)).toMatch(/\/managedClusters\/shop\?api-version=\d{4}-\d\d-\d\d-preview$/u);
});

test("AKS's private name counts as well", async () => {
  clouds.aksSays(() => ({
    fqdn: null,
    privateFQDN: "127.0.0.1",
    securityProfile: { azureKeyVaultKms: { enabled: true } },
  }));
  expect(await checked("aks")).toMatchObject({ ok: true });
});

test("a version of Azure's API that is gone: what the stable one tells still counts, and no more than that", async () => {
  const isStable = (version: string): boolean => !version.endsWith("-preview");
  clouds.aksSays((version) =>
    isStable(version) ? { securityProfile: { azureKeyVaultKms: { enabled: true, keyId: aksKey } } } : null,
  );
  expect(await checked("aks")).toMatchObject({ ok: true, message: expect.stringContaining(aksKey) });
  clouds.aksSays((version) => (isStable(version) ? {} : null));
  expect(await checked("aks")).toMatchObject({ ok: false, message: expect.stringContaining("does not tell") });
  clouds.aksSays(() => null);
  expect(await checked("aks")).toMatchObject({
    ok: false,
    message: expect.stringContaining("InvalidApiVersionParameter"),
  });
});

test("another cluster's encryption says nothing of this one", async () => {
  const another = makeAuthority();
  try {
    const ca = readFileSync(another.caFile).toString("base64");
    clouds.gkeSays({ state: "ENCRYPTED", keyName: gkeKey }, { masterAuth: { clusterCaCertificate: ca } });
    expect(await checked("gke")).toMatchObject({
      ok: false,
      message: expect.stringContaining("is another cluster than this connection's"),
      next: expect.stringContaining("cloudCluster"),
    });
    clouds.gkeSays({ state: "ENCRYPTED", keyName: gkeKey }, { masterAuth: {} });
    expect(await checked("gke")).toMatchObject({ ok: false });
    // Who trusts a second authority may have come to a second cluster.
    const both = Buffer.from(clouds.ca + readFileSync(another.caFile, "utf8")).toString("base64");
    const kubeconfig = clouds.kubeconfig({ "certificate-authority-data": both });
    expect((await connect("both", { kubeconfig, cloudCluster: gkeName })).status).toBe(201);
    clouds.gkeSays({ state: "ENCRYPTED", keyName: gkeKey });
    expect(await checked("both")).toMatchObject({ ok: false, message: expect.stringContaining("another cluster") });
  } finally {
    another.remove();
  }
  clouds.aksSays(() => ({
    fqdn: "shop-1a2b.hcp.westeurope.azmk8s.io",
    securityProfile: { azureKeyVaultKms: { enabled: true, keyId: aksKey } },
  }));
  expect(await checked("aks")).toMatchObject({ ok: false, message: expect.stringContaining("another address") });
  expect((await shown("aks")).encryption).toMatchObject({ state: "unknown" });
});

test.each([
  [403, "PERMISSION_DENIED", "refused container.clusters.get", "the right container.clusters.get"],
  [401, "UNAUTHENTICATED", "refused container.clusters.get", "Google credentials, and its clock"],
  [404, "NOT_FOUND", "There is no GKE cluster", "its location and its name"],
  [503, "UNAVAILABLE", "answered 503", "try again"],
  [429, "RESOURCE_EXHAUSTED", "answered 429", "try again"],
])("GKE's %i is unknown, with the right that is missing and the next step", async (status, name, why, next) => {
  clouds.gkeRefuses(status, name);
  const found = await checked("gke");
  expect([found.ok, found.message, found.next]).toEqual([
    false,
    expect.stringContaining(why),
    expect.stringContaining(next),
  ]);
  expect(found.message).not.toContain("text of Google's");
});

test.each([
  [403, "AuthorizationFailed", "refused Microsoft.ContainerService/managedClusters/read", "managedClusters/read on"],
  [401, "ExpiredAuthenticationToken", "401 ExpiredAuthenticationToken", "Azure credentials, and its clock"],
  [404, "ResourceGroupNotFound", "There is no AKS cluster", "its resource group and its name"],
  [500, "InternalServerError", "answered 500", "try again"],
])("AKS's %i is unknown, with the right that is missing and the next step", async (status, code, why, next) => {
  clouds.aksRefuses(status, code);
  const found = await checked("aks");
  expect([found.ok, found.message, found.next]).toEqual([
    false,
    expect.stringContaining(why),
    expect.stringContaining(next),
  ]);
  expect(found.message).not.toContain("text of Azure's");
});

test.each([
  ["no JSON", "<html>"],
  ["no cluster", "[]"],
  ["another shape", '{"databaseEncryption":{"state":1}}'],
  ["more than can be read", `{"name":"${"x".repeat(4_194_304)}"}`],
])("an answer that is %s is no answer", async (_, body) => {
  clouds.gkeAnswers(200, body);
  expect(await checked("gke")).toMatchObject({ ok: false, message: expect.stringContaining("GKE lets nobody look") });
});

test("a server that is signed in to no cloud, or reaches none, says so", async () => {
  const withEnv = async (env: Record<string, string>, name: string): Promise<any> => {
    const other = await startServer({ ...home, env });
    try {
      return await checked(name, other);
    } finally {
      await other.stop();
    }
  };
  await server.stop();
  try {
    expect((await withEnv({}, "gke")).next).toContain("GCE_METADATA_HOST");
    expect((await withEnv({}, "aks")).next).toContain("AZURE_CLIENT_SECRET");
    const nowhere = { CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER: "http://127.0.0.1:9" };
    expect((await withEnv({ ...clouds.env, ...nowhere }, "gke")).message).toContain("cannot be reached (ECONNREFUSED)");
    const azure = { AZURE_RESOURCE_MANAGER_URL: "http://127.0.0.1:9" };
    expect((await withEnv({ ...clouds.env, ...azure }, "aks")).message).toContain("cannot be reached (ECONNREFUSED)");
  } finally {
    server = await startServer({ ...home, env: clouds.env });
  }
}, 120_000);

test("no token and no credential of it is anywhere else", async () => {
  clouds.gkeSays({ state: "ENCRYPTED", keyName: gkeKey });
  clouds.aksSays(() => ({}));
  expect(await checked("gke")).toMatchObject({ ok: true });
  await checked("aks");
  const places = new Map<string, Uint8Array | string>([
    ...filesBelow(home.dataDir),
    ["output", server.output()],
    ["answers", answers],
    ["arguments", readFileSync(`/proc/${server.pid}/cmdline`)],
    ["addresses", clouds.asked.join("\n")],
  ]);
  for (const secret of Object.values(proofs)) expect(placesOf(secret, places)).toEqual([]);
});
