import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../server/src/adapters/clock/system.ts";
import { withCanary } from "../../server/src/adapters/kubernetes/encryption/canary.ts";
import { makeAuthority, type Authority } from "../harness/certificates.ts";
import { kubectl, makePlace, makeSite, save, type Place, type Site } from "../harness/cluster.ts";
import { startEtcdDoor, startFakeEtcd } from "../harness/etcd.ts";
import { parts, testClient } from "../harness/kube-client.ts";
import { ask, deploy, type TestServer } from "../harness/server.ts";
import { kubeconfigOf, testbed } from "../harness/testbed.ts";

const run = promisify(execFile);
const namespace = `encryption-${process.pid}`;
const value = `canary-value-${process.pid}`;

let authority: Authority;
let door: Awaited<ReturnType<typeof startEtcdDoor>>;
let site: Site;
let place: Place;

const etcdAt = (url: string): Record<string, string> => {
  const { certFile, keyFile } = authority.sign("keyroll");
  return {
    KEYROLL_ETCD_ENDPOINTS: url,
    KEYROLL_ETCD_CA_FILE: authority.caFile,
    KEYROLL_ETCD_CERT_FILE: certFile,
    KEYROLL_ETCD_KEY_FILE: keyFile,
  };
};

beforeAll(async () => {
  authority = makeAuthority();
  door = await startEtcdDoor(authority);
  site = await makeSite(etcdAt(door.url));
  place = await makePlace(site, { type: "restart" });
  await save(site.server, place.base, { set: { GREETING: value } });
  await deploy(site.server, place.base);
});
afterAll(async () => {
  await site.stop();
  door.stop();
  authority.remove();
  await place.remove();
  await kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false");
});

interface Finding {
  readonly id: string;
  readonly ok: boolean;
  readonly required: boolean;
  readonly message: string;
  readonly next: string | null;
}

const findingsOf = async (server: TestServer, connection: string, where: string): Promise<Finding[]> => {
  const { status, body } = await ask(server, `POST /connections/${connection}/check`, { body: { namespace: where } });
  expect([status, JSON.stringify(body).includes(value)]).toEqual([200, false]);
  return body.findings;
};
const encryptionIn = (findings: readonly Finding[]): Finding | undefined =>
  findings.find(({ id }) => id === "encryption");
const canaries = async (where: string): Promise<string> =>
  await kubectl("get", "secret", "-n", where, "-l", "keyroll.dev/canary=true", "-o", "name");
const environment = async (): Promise<any> => (await ask(site.server, `GET ${place.base}`)).body.environment;

/** Another server on the same data and cluster that looks into another etcd, or into none. */
const withServer = async (env: Record<string, string>, work: (server: TestServer) => Promise<void>): Promise<void> => {
  const other = await makeSite(env);
  try {
    await work(other.server);
  } finally {
    await other.stop();
  }
};

test("verified: a canary is read in the cluster's own etcd, and nothing is left behind", async () => {
  expect(await environment()).toMatchObject({ encryption: null });
  const findings = await findingsOf(site.server, "kube", place.namespace);
  expect(encryptionIn(findings)).toEqual({
    id: "encryption",
    what: "encryption at rest",
    ok: true,
    required: false,
    message: `verified, secretbox (k1). Encrypted with secretbox (k1): a canary Secret in ${place.namespace} was read in etcd.`,
    next: expect.stringContaining("KMS v2"),
  });
  expect(await canaries(place.namespace)).toBe("");
  const seen = { state: "verified", label: "verified, secretbox (k1)", checkedAt: expect.any(Number) };
  expect((await ask(site.server, "GET /connections/kube")).body.connection).toMatchObject({ encryption: seen });
  expect(await environment()).toMatchObject({ encryption: seen });
  const { items } = (await ask(site.server, "GET /audit?action=connections.encryption")).body;
  expect(items.map(({ details }: any) => details)).toEqual([
    { connection: "kube", before: null, now: "verified, secretbox (k1)" },
  ]);
});

test("a Secret from before the encryption is found, and written anew by what is advised", async () => {
  const key = `/registry/secrets/${place.namespace}/app-secrets`;
  const secret = JSON.parse(await kubectl("get", "secret", "app-secrets", "-n", place.namespace, "-o", "json"));
  delete secret.metadata.resourceVersion;
  // What an API server without a provider wrote, when its storage was JSON.
  const [name, content] = [key, JSON.stringify(secret)].map((text) => Buffer.from(text).toString("base64"));
  const put = ["curl", "-sf", "http://127.0.0.1:2379/v3/kv/put", "-d", JSON.stringify({ key: name, value: content })];
  await testbed("exec", ...put);

  const findings = await findingsOf(site.server, "kube", place.namespace);
  expect(encryptionIn(findings)).toMatchObject({ ok: true });
  const [before] = findings.filter(({ id }) => id === "encryption-before");
  expect(before).toMatchObject({ ok: false, required: false, message: expect.stringContaining("written before") });
  const { encryption } = await environment();
  expect(encryption).toMatchObject({
    state: "not-encrypted",
    label: "not encrypted: written before encryption was on",
  });

  // A deployment of the same revision writes nothing; the advice does.
  await deploy(site.server, place.base, { restart: "all" });
  expect((await findingsOf(site.server, "kube", place.namespace)).map(({ id }) => id)).toContain("encryption-before");
  const [, command = ""] = encryption.next.split("anew: ");
  await run("sh", ["-c", command]);
  expect((await findingsOf(site.server, "kube", place.namespace)).map(({ id }) => id)).not.toContain(
    "encryption-before",
  );
  expect((await environment()).encryption).toMatchObject({ state: "verified" });
});

test("with the README's rights alone the environment's own Secret is looked at", async () => {
  const kubeconfig = await kubeconfigOf("narrow", namespace);
  const { server } = site;
  await ask(server, "POST /connections", { body: { name: "narrow", cluster: { kind: "kubernetes", kubeconfig } } });
  const before = encryptionIn(await findingsOf(server, "narrow", namespace));
  expect(before).toMatchObject({ ok: false, required: false, next: expect.stringContaining("--namespace") });
  await ask(server, "POST /apps", { body: { name: "narrow" } });
  await ask(server, "POST /apps/narrow/environments", {
    body: { name: "dev", connection: "narrow", kind: "sandbox", type: "restart", namespace },
  });
  await save(server, "/apps/narrow/environments/dev", { set: { GREETING: value } });
  await deploy(server, "/apps/narrow/environments/dev");
  expect(encryptionIn(await findingsOf(server, "narrow", namespace))).toMatchObject({
    ok: true,
    message: `verified, secretbox (k1). Encrypted with secretbox (k1): app-secrets in ${namespace} was read in etcd.`,
  });
});

test("what a check that died left behind is removed by the next one; a younger canary is another check's", async () => {
  const client = await testClient();
  const { random } = parts;
  const left = `secret/left-${process.pid}`;
  await kubectl("create", "secret", "generic", left.slice(7), "-n", place.namespace);
  await kubectl(
    "label",
    left,
    "-n",
    place.namespace,
    "keyroll.dev/canary=true",
    "app.kubernetes.io/managed-by=keyroll",
  );
  const look = async (later: number): Promise<string> => {
    const clock = { ...systemClock, now: () => Date.now() + later };
    return await withCanary({ client, clock, random }, place.namespace, async () => await canaries(place.namespace));
  };
  try {
    expect((await look(0)).split("\n").toSorted()).toEqual(["", expect.stringMatching(/canary/u), left]);
    expect(await look(600_000)).toMatch(/^secret\/keyroll-canary-\w{16}\n$/u);
    const failing = withCanary({ client, clock: systemClock, random }, place.namespace, async () => {
      throw new Error("etcd burns");
    });
    await expect(failing).rejects.toThrow("etcd burns");
    expect(await canaries(place.namespace)).toBe("");
  } finally {
    await client.close();
  }
});

test("without etcd nothing is claimed, and what to do is said", async () => {
  await withServer({}, async (server) => {
    const found = encryptionIn(await findingsOf(server, "kube", place.namespace));
    expect(found).toMatchObject({
      ok: false,
      required: false,
      next: expect.stringContaining("KEYROLL_ETCD_ENDPOINTS"),
    });
    expect(found?.message).toMatch(/^not known\./u);
  });
});

test("another etcd, a plain one and none at all are told apart; the canary goes each time", async () => {
  const fake = await startFakeEtcd(authority);
  const object = (bytes: string) => ({ kvs: [{ mod_revision: "1", value: Buffer.from(bytes).toString("base64") }] });
  await withServer(etcdAt(fake.url), async (server) => {
    const look = async (): Promise<string> => {
      const found = encryptionIn(await findingsOf(server, "kube", place.namespace));
      expect([found?.ok, found?.required, await canaries(place.namespace)]).toEqual([false, false, ""]);
      return `${found?.message} ${found?.next}`;
    };
    fake.answers(200, { header: {} });
    expect(await look()).toContain("the etcd of one cluster");
    fake.answers(200, object("k8s\0\x0a\x0c\x0a\x02v1"));
    expect(await look()).toMatch(/^not encrypted\. .*plain text\. .*--encryption-provider-config/u);
    fake.answers(200, object("k8s:enc:rot13:v1:k:xx"));
    expect(await look()).toMatch(/^not known\./u);
    fake.answers(403, { code: 7 });
    expect(await look()).toContain("refused to read one key (403)");
    fake.stop();
    expect(await look()).toContain("cannot be reached");
    expect((await ask(server, "GET /connections/kube")).body.connection.encryption.state).toBe("unknown");
  });
});

test("without a canary, an etcd that holds another Secret than the API server shows says nothing", async () => {
  const kubeconfig = await kubeconfigOf("narrow", namespace);
  const secret = JSON.parse(await kubectl("get", "secret", "app-secrets", "-n", namespace, "-o", "json"));
  const fake = await startFakeEtcd(authority);
  await withServer(etcdAt(fake.url), async (server) => {
    await ask(server, "POST /connections", { body: { name: "narrow", cluster: { kind: "kubernetes", kubeconfig } } });
    await ask(server, "POST /apps", { body: { name: "narrow" } });
    await ask(server, "POST /apps/narrow/environments", {
      body: { name: "dev", connection: "narrow", kind: "sandbox", type: "restart", namespace },
    });
    const look = async (revision: string): Promise<Finding | undefined> => {
      const bytes = Buffer.from("k8s:enc:kms:v2:another:xx").toString("base64");
      fake.answers(200, { kvs: [{ mod_revision: revision, value: bytes }] });
      return encryptionIn(await findingsOf(server, "narrow", namespace));
    };
    expect(await look("1")).toMatchObject({ ok: false, message: expect.stringMatching(/^not known\. No Secret/u) });
    expect(await look(secret.metadata.resourceVersion)).toMatchObject({
      ok: true,
      message: expect.stringContaining("KMS v2 (another)"),
    });
  });
  fake.stop();
});
