import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { ownKeys, startEcr, type EcrService } from "../../../../../e2e/harness/ecr.ts";
import { allows } from "../../../../../e2e/harness/iam.ts";
import { errorOf } from "../../../../../e2e/harness/openbao.ts";
import { startParameterStore, type ParameterStore } from "../../../../../e2e/harness/parameter-store.ts";
import { testHost } from "../../../../../e2e/harness/store-host.ts";
import { ecrRegistryOf, type EcrRegistry } from "./ecr-host.ts";
import { createEcr, type Ecr } from "./ecr.ts";
import { chartPolicies } from "./policy.ts";

const account = "210987654321";
const role = { arn: `arn:aws:iam::${account}:role/deployer`, externalId: "shop-7341" };
const minute = 60_000;

const registryIn = (region: string): EcrRegistry => {
  const found = ecrRegistryOf(`${account}.dkr.ecr.${region}.amazonaws.com`);
  if (found === null) throw new Error(region);
  return found;
};
const registry = registryIn("eu-west-1");

let sts: ParameterStore;
let service: EcrService;
const before = { ...process.env };

beforeAll(async () => {
  sts = await startParameterStore();
  service = await startEcr(account);
}, 60_000);
afterAll(() => {
  service.stop();
  sts.stop();
});
beforeEach(async () => {
  Object.assign(process.env, ownKeys, { AWS_ENDPOINT_URL_STS: sts.url, AWS_EC2_METADATA_DISABLED: "true" });
  await sts.config({ roles: { [role.arn]: role.externalId } });
  service.asked.length = 0;
  service.gives();
  service.lasts(12 * 3600);
});
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, before);
});

/** A server that has signed in nowhere yet, and its clock. */
const newServer = (variables = { AWS_ENDPOINT_URL_ECR: service.url }): { ecr: Ecr; later(ms: number): void } => {
  const host = testHost();
  let ahead = 0;
  const clock = { ...host.clock, now: () => host.clock.now() + ahead };
  return {
    ecr: createEcr({ clock, egress: host.egress, variables: new Map(Object.entries(variables)) }),
    later: (ms) => {
      ahead += ms;
    },
  };
};
const userOf = ({ auth }: { readonly auth: string }): string => Buffer.from(auth, "base64").toString();

test("a token is asked for as the role, in the registry's Region, and serves until half an hour before its end", async () => {
  const { ecr, later } = newServer();
  const first = await ecr(registry, role);
  expect(userOf(first)).toBe(`AWS:${service.tokens.at(-1)}`);
  expect([first.isKept, first.account]).toEqual([false, account]);
  expect(service.asked).toEqual([{ accessKey: expect.stringMatching(/^ASIA/u), region: "eu-west-1" }]);
  later(11 * 60 * minute + 29 * minute);
  expect(await ecr(registry, role)).toEqual({ ...first, isKept: true });
  expect(service.asked.length).toBe(1);
  later(2 * minute);
  const second = await ecr(registry, role);
  expect([second.isKept, userOf(second) === userOf(first), service.asked.length]).toEqual([false, false, 2]);
});

test("without a role the server signs as itself", async () => {
  await newServer().ecr(registry, null);
  expect(service.asked).toEqual([{ accessKey: ownKeys.AWS_ACCESS_KEY_ID, region: "eu-west-1" }]);
});

test("each role and each Region has a token of its own; pulls at the same time share one", async () => {
  const { ecr } = newServer();
  const other = { arn: `arn:aws:iam::${account}:role/other`, externalId: null };
  await sts.config({ roles: { [role.arn]: role.externalId, [other.arn]: null } });
  const wanted = [
    [registry, role],
    [registry, null],
    [registry, other],
    [registryIn("us-east-1"), role],
  ] as const;
  const given = await Promise.all([...wanted, ...wanted].map(async ([where, who]) => userOf(await ecr(where, who))));
  expect(given.slice(4)).toEqual(given.slice(0, 4));
  expect([new Set(given).size, service.asked.length]).toEqual([4, 4]);
});

test("what the registry refused is replaced at once, and once for several that were refused it", async () => {
  const { ecr } = newServer();
  const { auth } = await ecr(registry, role);
  const again = await Promise.all([ecr(registry, role, auth), ecr(registry, role, auth)]);
  expect(new Set(again.map(userOf)).size).toBe(1);
  expect([again.some((one) => one.auth === auth), service.asked.length]).toEqual([false, 2]);
  expect(await ecr(registry, role)).toMatchObject({ auth: again[0]?.auth, isKept: true });
});

test("a token that AWS gives for less than half an hour serves one pull", async () => {
  service.lasts(20 * 60);
  const { ecr } = newServer();
  const [first, second] = [await ecr(registry, role), await ecr(registry, role)];
  expect([first.isKept, second.isKept, service.asked.length]).toEqual([false, false, 2]);
});

const denied = { __type: "com.amazonaws.ecr#AccessDeniedException", message: `${role.arn} canary-of-aws` };
test.each([
  ["the right is missing", 400, denied, "provider_denied", /ecr:GetAuthorizationToken on \*.*--only charts/u],
  ["the clock is wrong", 400, { __type: "InvalidSignatureException" }, "provider_denied", /its clock/u],
  ["AWS throttles", 400, { __type: "ThrottlingException" }, "provider_throttled", /later/u],
  ["AWS refuses without a reason", 403, "<html>", "provider_denied", /ecr:GetAuthorizationToken/u],
  ["AWS is broken", 500, {}, "provider_unreachable", /later/u],
  ["AWS gives no token", 200, { authorizationData: [] }, "provider_unreachable", /later/u],
  [
    "AWS gives something else than a token of its own",
    200,
    { authorizationData: [{ authorizationToken: Buffer.from("eve:token").toString("base64"), expiresAt: 9e9 }] },
    "provider_unreachable",
    /later/u,
  ],
])(
  "%s: an error with a next step, without AWS's words; the next pull asks again",
  async (_, status, body, code, next) => {
    const { ecr } = newServer();
    service.refuses(status, body);
    const error = await errorOf(ecr(registry, role));
    expect(error).toMatchObject({ code, next: expect.stringMatching(next), facts: { changed: false } });
    expect(JSON.stringify([error.message, error.next])).not.toMatch(/canary|html/u);
    service.gives();
    expect((await ecr(registry, role)).isKept).toBe(false);
  },
);

test("a signature by another key is refused", async () => {
  process.env["AWS_SECRET_ACCESS_KEY"] = "another";
  const { ecr } = newServer();
  const error = await errorOf(ecr(registry, null));
  expect(error).toMatchObject({ code: "provider_denied", message: expect.stringContaining("InvalidSignature") });
  expect(service.asked).toEqual([]);
});

test("a role that may not be assumed, no credentials, and no answer", async () => {
  const { ecr } = newServer();
  const refused = await errorOf(ecr(registry, { ...role, externalId: "another" }));
  expect(refused).toMatchObject({ code: "provider_denied", next: expect.stringContaining("external ID another") });
  Reflect.deleteProperty(process.env, "AWS_ACCESS_KEY_ID");
  const unsigned = await errorOf(ecr(registry, null));
  expect(unsigned).toMatchObject({ code: "provider_denied", next: expect.stringContaining("--connection NAME") });
  expect(unsigned.message).toContain("no AWS credentials for ecr:GetAuthorizationToken in eu-west-1");
  process.env["AWS_ACCESS_KEY_ID"] = ownKeys.AWS_ACCESS_KEY_ID;
  const silent = await errorOf(newServer({ AWS_ENDPOINT_URL_ECR: "http://127.0.0.1:9" }).ecr(registry, null));
  expect(silent).toMatchObject({ code: "provider_unreachable", next: expect.stringContaining("spelled right") });
  expect(service.asked).toEqual([]);
});

test("the printed policy allows to sign in, and to read this account's repositories in this Region", () => {
  const [policy] = chartPolicies({ region: "eu-west-1", roleArn: role.arn, externalId: null });
  const repository = (of: string, region = "eu-west-1") => `arn:aws:ecr:${region}:${of}:repository/charts/shop`;
  const may = (action: string, resource: string) => allows(policy?.document, { action: `ecr:${action}`, resource });
  expect(policy?.name).toBe("charts");
  expect(may("GetAuthorizationToken", "*")).toBe(true);
  for (const action of ["BatchGetImage", "GetDownloadUrlForLayer", "ListImages"]) {
    expect(may(action, repository(account))).toBe(true);
    expect([may(action, repository("310987654321")), may(action, repository(account, "us-east-1"))]).toEqual([
      false,
      false,
    ]);
  }
  expect(["PutImage", "BatchDeleteImage", "InitiateLayerUpload"].map((one) => may(one, repository(account)))).toEqual([
    false,
    false,
    false,
  ]);
});
