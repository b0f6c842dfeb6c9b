import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { filesBelow, placesOf } from "../../e2e/harness/canary.ts";
import { otherProgram, startParameterStore, type ParameterStore } from "../../e2e/harness/parameter-store.ts";
import { ask, askToTheEnd, makeHome, startServer, type Home, type TestServer } from "../../e2e/harness/server.ts";

const region = "eu-west-1";
const prefix = `customer-${process.pid}`;
const role = "arn:aws:iam::210987654321:role/keyroll";
const externalId = "shop-7341";
let emulator: ParameterStore;
let home: Home;
let server: TestServer;

beforeAll(async () => {
  emulator = await startParameterStore();
  home = await makeHome();
  const env = {
    AWS_ENDPOINT_URL_SSM: emulator.url,
    AWS_ENDPOINT_URL_STS: emulator.url,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "canary-aws-secret-key",
  };
  server = await startServer({ ...home, env });
}, 60_000);
afterAll(async () => {
  await server.stop();
  await home.remove();
  emulator.stop();
});
beforeEach(async () => {
  await emulator.reset();
  await emulator.config({ roles: { [role]: externalId, [`${role}-2`]: null } });
});

const store = (own: object = {}) => ({
  kind: "aws-ssm",
  settings: { region, prefix, roleArn: role, externalId, ...own },
});
const connect = async (name: string, own: object = {}) =>
  await ask(server, "POST /connections", { body: { name, cluster: { kind: "process" }, store: store(own) } });
/** A save that takes longer than a request waits is an operation, and has the same outcome. */
const save = async (base: string, set: Readonly<Record<string, string>>) =>
  (await askToTheEnd(server, `PATCH ${base}/secrets`, { ifMatch: 0, body: { set } })).body;

test("an environment in a customer's account, from connection to values", async () => {
  const made = await connect("customer");
  expect(made.body.connection.store.settings).toMatchObject({ roleArn: role, externalId });
  expect((await ask(server, "POST /connections/customer/check", { body: {} })).body).toMatchObject({ ok: true });
  await ask(server, "POST /apps", { body: { name: "shop" } });
  const environment = { name: "prod", connection: "customer", kind: "sandbox" };
  expect((await ask(server, "POST /apps/shop/environments", { body: environment })).status).toBe(201);
  const base = "/apps/shop/environments/prod";
  expect(await save(base, { A: "canary-value" })).toMatchObject({ revision: 1, verified: true });
  const { values } = (await askToTheEnd(server, `POST ${base}/bundle`, { body: { of: "saved" } })).body;
  expect(values).toEqual({ A: "canary-value" });
  expect(await otherProgram(emulator, region).get(`/${prefix}/shop/prod/A`)).toBeUndefined();
  const places = new Map<string, Uint8Array | string>([...filesBelow(home.dataDir), ["output", server.output()]]);
  for (const secret of ["canary-value", "canary-aws-secret-key"]) expect(placesOf(secret, places)).toEqual([]);
});

test("while values are there, another role of the account is taken, and a role of another account is not", async () => {
  const change = async (own: object) =>
    await ask(server, "PATCH /connections/customer", { body: { store: store(own) } });
  const elsewhere = await change({ roleArn: role.replace("2109", "3109") });
  expect([elsewhere.status, elsewhere.body.code, elsewhere.body.field]).toEqual([409, "in_use", "store"]);
  expect((await change({ roleArn: undefined, externalId: undefined })).body.code).toBe("in_use");
  expect((await change({ prefix: "another" })).body.code).toBe("in_use");
  expect((await change({ roleArn: `${role}-2`, externalId: undefined, kmsKeyId: "alias/aws/ssm" })).status).toBe(200);
  await emulator.config({ roles: { [`${role}-2`]: null } });
  const base = "/apps/shop/environments/prod";
  const { values } = (await askToTheEnd(server, `POST ${base}/bundle`, { body: { of: "saved" } })).body;
  expect(values).toEqual({ A: "canary-value" });
});

test("a wrong external ID is answered with the role and what its owner must write, wherever it is met", async () => {
  await connect("wrong", { externalId: "another" });
  const { body } = await ask(server, "POST /connections/wrong/check", { body: {} });
  expect(body.ok).toBe(false);
  const [own, assumed] = body.findings;
  expect(own).toMatchObject({ id: "identity", ok: true });
  expect(assumed).toMatchObject({ id: "assume", ok: false, message: expect.stringContaining(role) });
  expect(assumed.next).toContain("external ID another (sts:ExternalId)");
  await ask(server, "POST /apps", { body: { name: "closed" } });
  const environment = { name: "prod", connection: "wrong", kind: "sandbox" };
  await ask(server, "POST /apps/closed/environments", { body: environment });
  const base = "/apps/closed/environments/prod";
  const refused = await save(base, { A: "canary-refused" });
  expect(refused).toMatchObject({ code: "provider_denied", status: 502, changed: false });
  expect(refused.detail).toContain(role);
  expect(JSON.stringify(refused) + server.output()).not.toContain("canary-refused");
});
