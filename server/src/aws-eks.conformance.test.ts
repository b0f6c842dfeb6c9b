import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { filesBelow, placesOf } from "../../e2e/harness/canary.ts";
import { startEks } from "../../e2e/harness/eks.ts";
import { actionsIn, allows } from "../../e2e/harness/iam.ts";
import { startParameterStore, type ParameterStore } from "../../e2e/harness/parameter-store.ts";
import { ask, makeHome, startServer, type Home, type TestServer } from "../../e2e/harness/server.ts";

const role = "arn:aws:iam::210987654321:role/deployer";
const asRole = "arn:aws:sts::210987654321:assumed-role/deployer/keyroll";
const entries = new Set<string>();
let sts: ParameterStore;
let eks: Awaited<ReturnType<typeof startEks>>;
let home: Home;
let server: TestServer;

beforeAll(async () => {
  sts = await startParameterStore();
  eks = await startEks(sts.url, entries);
  home = await makeHome();
  const env = {
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_ENDPOINT_URL_EKS: eks.url,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "canary-aws-secret-key",
  };
  server = await startServer({ ...home, env });
}, 60_000);
afterAll(async () => {
  await server.stop();
  await home.remove();
  eks.stop();
  sts.stop();
});
beforeEach(async () => {
  await sts.config({ roles: { [role]: "shop-7341" } });
  entries.clear();
  entries.add(asRole);
});

const shop = { kind: "eks", clusterName: "shop", region: "eu-west-1", roleArn: role, externalId: "shop-7341" };
const connect = async (name: string, own: object = {}) =>
  await ask(server, "POST /connections", { body: { name, cluster: { ...shop, ...own } } });

test("a cluster by its name: address and CA from AWS, tokens by the role, and no credential of it anywhere", async () => {
  const made = await connect("shop");
  expect(made.body.connection.cluster).toEqual({
    kind: "kubernetes",
    server: eks.endpoint,
    identity: "eks",
    ignored: [],
    eks: { name: "shop", region: "eu-west-1", roleArn: role, externalId: "shop-7341" },
  });
  expect(eks.described.at(-1)).toMatch(/Credential=ASIA\w+\/\d{8}\/eu-west-1\/eks\/aws4_request/u);
  const checked = await ask(server, "POST /connections/shop/check", { body: {} });
  expect(checked.body.ok).toBe(true);
  expect(checked.body.findings.find(({ id }: any) => id === "eks-identity").message).toContain(asRole);
  expect(checked.body.findings.find(({ id }: any) => id === "reach").message).toContain("v1.34.0-eks");
  expect([...new Set(eks.seen.map(({ arn }) => arn))]).toEqual([asRole]);
  // One token serves many requests.
  const tokens = [...new Set(eks.seen.map(({ token }) => token))];
  expect([eks.seen.length > 8, tokens.length]).toEqual([true, 1]);
  const places = new Map<string, Uint8Array | string>([
    ...filesBelow(home.dataDir),
    ["output", server.output()],
    ["answers", JSON.stringify([made.body, checked.body])],
  ]);
  for (const secret of ["canary-aws-secret-key", ...tokens]) expect(placesOf(secret, places)).toEqual([]);
});

const keyArn = "arn:aws:kms:eu-west-1:210987654321:key/7341";
test.each([
  ["1.34", undefined, "declared by EKS (KMS)", true, "a key that AWS owns"],
  ["1.28", [], "declared by EKS (KMS)", true, "a key that AWS owns"],
  ["1.27", [{ resources: ["secrets"], provider: { keyArn } }], "declared by EKS (KMS, your key)", true, keyArn],
  ["1.34", [{ resources: ["secrets"], provider: { keyArn } }], "declared by EKS (KMS, your key)", true, keyArn],
  ["1.27", null, "not encrypted (the disk only)", false, "no Secret"],
  ["1.27", [{ resources: ["configmaps"], provider: { keyArn } }], "not encrypted (the disk only)", false, "no Secret"],
  ["next", undefined, "not known", false, "calls its version next"],
  [undefined, undefined, "not known", false, "says nothing of its version"],
])("EKS %s with encryptionConfig %j: %s", async (version, encryptionConfig, label, ok, why) => {
  eks.encrypts({ version, encryptionConfig });
  const { body } = await ask(server, "POST /connections/shop/check", { body: {} });
  const found = body.findings.find(({ id }: any) => id === "encryption");
  expect(found).toMatchObject({ ok, required: false, message: expect.stringContaining(why) });
  // What is not well comes with what to do.
  expect(found.next === null).toBe(ok);
  expect(body.ok).toBe(true);
  const { connection } = (await ask(server, "GET /connections/shop")).body;
  expect(connection.encryption).toMatchObject({ label, checkedAt: expect.any(Number) });
});

test("whom the cluster does not know is told so, and as whom it came", async () => {
  entries.clear();
  const { body } = await ask(server, "POST /connections/shop/check", { body: {} });
  expect(body.ok).toBe(false);
  expect(body.findings.find(({ id }: any) => id === "eks-identity").message).toContain(`${asRole}: an access entry`);
  expect(body.findings.find(({ id }: any) => id === "reach")).toMatchObject({ ok: false });
  expect((await connect("unknown")).body).toMatchObject({ code: "provider_denied" });
});

test.each([
  ["no cluster of the name", { clusterName: "shpo" }, "not_found", "cluster.clusterName", "Check its name"],
  ["a name that is none", { clusterName: "../x" }, "invalid", "cluster.clusterName", "Correct"],
  ["a Region that is none", { region: "eu-west-1.evil.example" }, "invalid", "cluster.region", "Correct"],
  ["an external ID without a role", { roleArn: undefined }, "invalid", "cluster.externalId", "Correct"],
  ["a role of another partition", { region: "cn-north-1" }, "invalid", "cluster.roleArn", "Correct"],
  ["a wrong external ID", { externalId: "another" }, "provider_denied", undefined, "external ID another"],
])("%s is refused", async (_, own, code, field, next) => {
  const { body } = await connect("refused", own);
  expect([body.code, body.field, body.next]).toEqual([code, field, expect.stringContaining(next)]);
});

test("the printed policies allow what was called, on this cluster alone, wherever the values are", async () => {
  const right = (cluster: string) => ({
    action: "eks:DescribeCluster",
    resource: `arn:aws:eks:eu-west-1:210987654321:cluster/${cluster}`,
  });
  const printed = async (connection: string): Promise<any[]> =>
    (await ask(server, `GET /connections/${connection}/policies`)).body.items;
  const byName = (items: any[]) => items.map(({ name }) => name);
  const items = await printed("shop");
  const [, cluster, trust, assume] = items;
  expect(byName(items)).toEqual(["charts", "cluster", "cluster-trust", "cluster-assume"]);
  // The service is only ever asked for the cluster by its name.
  expect([...new Set(eks.paths)].filter((path) => !/^\/clusters\/[\w-]+$/u.test(path))).toEqual([]);
  expect(actionsIn(cluster.document)).toEqual(["eks:DescribeCluster"]);
  expect([allows(cluster.document, right("shop")), allows(cluster.document, right("shop-2"))]).toEqual([true, false]);
  expect(trust.document.Statement[0].Condition).toEqual({ StringEquals: { "sts:ExternalId": "shop-7341" } });
  expect(allows(assume.document, { action: "sts:AssumeRole", resource: role })).toBe(true);

  const inAws = async (name: string, own: object) => {
    const store = { kind: "aws-ssm", settings: { region: "eu-west-1", ...own } };
    expect((await ask(server, "POST /connections", { body: { name, cluster: shop, store } })).status).toBe(201);
    return byName(await printed(name));
  };
  // One role for both is trusted and assumed once.
  expect(await inAws("one-role", { roleArn: role, externalId: "shop-7341" })).toEqual([
    "writer",
    "reader",
    "trust",
    "assume",
    "charts",
    "cluster",
  ]);
  expect(await inAws("two-roles", { roleArn: `${role}-of-the-store` })).toEqual([
    "writer",
    "reader",
    "trust",
    "assume",
    "charts",
    "cluster",
    "cluster-trust",
    "cluster-assume",
  ]);
});

test("without a role the server comes as itself", async () => {
  entries.add("arn:aws:sts::123456789012:user/moto");
  const made = await connect("own", { roleArn: undefined, externalId: undefined });
  expect(made.body.connection.cluster.eks).toMatchObject({ roleArn: null, externalId: null });
  expect(eks.seen.at(-1)?.arn).toMatch(/^arn:aws:sts::123456789012:/u);
});

test("the policy for charts is for the cluster's role where the store is not in AWS", async () => {
  await connect("charts");
  const { items, note } = (await ask(server, "GET /connections/charts/policies")).body;
  expect([items.map(({ name }: any) => name), note]).toEqual([
    ["charts", "cluster", "cluster-trust", "cluster-assume"],
    null,
  ]);
  expect(items[0].purpose).toContain(role);
});
