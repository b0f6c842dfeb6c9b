import { expect, test } from "vitest";
import { createStores } from "../../stores/index.ts";
import { eksPolicies } from "./eks-policy.ts";
import { chartPolicies } from "./policy.ts";

const stores = createStores();
const all = { app: null, environment: null };
const documents = (kind: string, settings: object): Record<string, any> =>
  Object.fromEntries(
    stores.policies(kind, { region: "eu-west-1", ...settings }, all).map(({ name, document }) => [name, document]),
  );
const statement = (document: any, sid: string): any => document.Statement.find(({ Sid }: any) => Sid === sid);
const roleArn = "arn:aws:iam::210987654321:role/keyroll";

test.each([
  ["eu-west-1", "aws", "ssm.eu-west-1.amazonaws.com"],
  ["cn-north-1", "aws-cn", "ssm.cn-north-1.amazonaws.com.cn"],
  ["us-gov-west-1", "aws-us-gov", "ssm.us-gov-west-1.amazonaws.com"],
])("%s lies in the partition %s", (region, partition, service) => {
  const { writer } = documents("aws-ssm", { region, kmsKeyId: "0b6d-1" });
  expect(statement(writer, "Parameters").Resource).toEqual([
    `arn:${partition}:ssm:${region}:*:parameter/keyroll/*`,
    `arn:${partition}:ssm:${region}:*:parameter/keyroll.rev/*`,
  ]);
  expect(statement(writer, "Key")).toMatchObject({
    Resource: [`arn:${partition}:kms:${region}:*:key/0b6d-1`],
    Condition: { StringEquals: { "kms:ViaService": service } },
  });
});

test.each([
  ["0b6d-1", "arn:aws:kms:eu-west-1:210987654321:key/0b6d-1", undefined],
  ["alias/a/b", "arn:aws:kms:eu-west-1:210987654321:key/*", "alias/a/b"],
  ["arn:aws:kms:eu-west-1:310987654321:key/mrk-1", "arn:aws:kms:eu-west-1:310987654321:key/mrk-1", undefined],
  ["arn:aws:kms:eu-west-1:310987654321:alias/shop", "arn:aws:kms:eu-west-1:310987654321:key/*", "alias/shop"],
])("the key %s is %s, the role's account unless its own ARN names one", (kmsKeyId, resource, alias) => {
  for (const kind of ["aws-ssm", "aws-secrets-manager"]) {
    const { Resource, Condition } = statement(documents(kind, { roleArn, kmsKeyId })["writer"], "Key");
    expect(Resource).toEqual([resource]);
    expect(Condition["ForAnyValue:StringEquals"]?.["kms:ResourceAliases"]).toBe(alias);
  }
});

test("the account's default keys need no right of their own", () => {
  for (const settings of [{}, { kmsKeyId: "alias/aws/ssm" }])
    expect(statement(documents("aws-ssm", settings)["writer"], "Key")).toBeUndefined();
});

test("a role has its trust policy, with the external ID, and what lets the server assume it", () => {
  const { trust, assume } = documents("aws-ssm", { roleArn, externalId: "shop-7341" });
  expect(trust.Statement).toEqual([
    {
      Sid: "Keyroll",
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::KEYROLL_ACCOUNT:role/KEYROLL_ROLE" },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "sts:ExternalId": "shop-7341" } },
    },
  ]);
  expect(assume.Statement).toMatchObject([{ Action: ["sts:AssumeRole"], Resource: [roleArn] }]);
  expect(documents("aws-ssm", { roleArn })["trust"].Statement[0]).not.toHaveProperty("Condition");
  expect(Object.keys(documents("aws-secrets-manager", {}))).toEqual(["writer", "reader"]);
});

test.each([
  ["eu-west-1", null, "arn:aws:ecr:eu-west-1:*:repository/*"],
  ["cn-north-1", null, "arn:aws-cn:ecr:cn-north-1:*:repository/*"],
  ["eu-west-1", roleArn, "arn:aws:ecr:eu-west-1:210987654321:repository/*"],
])("charts in %s, with the role %s, lie at %s", (region, role, resource) => {
  const [policy] = chartPolicies({ region, roleArn: role, externalId: null });
  expect(statement(policy?.document, "SignIn")).toMatchObject({
    Action: ["ecr:GetAuthorizationToken"],
    Resource: ["*"],
  });
  expect(statement(policy?.document, "Charts").Resource).toEqual([resource]);
});

test("the other stores have none", () => {
  expect(stores.policies("local", {}, all)).toEqual([]);
});

test("an EKS cluster has a policy for the one call, with its role's trust; without a role for the server itself", () => {
  const cluster = { name: "shop", region: "eu-west-1", roleArn, externalId: "shop-7341" };
  const [describe, trust, assume] = eksPolicies(cluster);
  expect(describe).toEqual({
    name: "cluster",
    purpose: expect.stringContaining(`For ${roleArn}:`),
    document: {
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "Cluster",
          Effect: "Allow",
          Action: ["eks:DescribeCluster"],
          Resource: ["arn:aws:eks:eu-west-1:210987654321:cluster/shop"],
        },
      ],
    },
  });
  const ofStore = documents("aws-ssm", { roleArn, externalId: "shop-7341" });
  expect([trust?.name, trust?.document]).toEqual(["cluster-trust", ofStore["trust"]]);
  expect([assume?.name, assume?.document]).toEqual(["cluster-assume", ofStore["assume"]]);

  const own = eksPolicies({ ...cluster, region: "cn-north-1", roleArn: null, externalId: null });
  expect(own.map(({ name }) => name)).toEqual(["cluster"]);
  expect(own[0]?.purpose).toContain("the server's own role or user");
  expect(statement(own[0]?.document, "Cluster").Resource).toEqual(["arn:aws-cn:eks:cn-north-1:*:cluster/shop"]);
});
