import { expect, test } from "vitest";
import { createStores } from "../../stores/index.ts";

const stores = createStores();
const role = "arn:aws:iam::210987654321:role/teams/keyroll";
const parse = (kind: string, settings: object) => stores.parseSettings(kind, { region: "eu-west-1", ...settings });

test.each(["aws-ssm", "aws-secrets-manager"])("%s takes a role and its external ID", (kind) => {
  expect(parse(kind, { roleArn: role, externalId: "a:b/c=1" })).toMatchObject({ roleArn: role, externalId: "a:b/c=1" });
  expect(parse(kind, { roleArn: role })).not.toHaveProperty("externalId");
  expect(parse(kind, { region: "cn-north-1", roleArn: role.replace("aws", "aws-cn") })).toHaveProperty("roleArn");
  expect(Object.keys(stores.kind(kind).settings["properties"] as object)).toEqual(
    expect.arrayContaining(["region", "prefix", "kmsKeyId", "roleArn", "externalId"]),
  );
});

test.each([
  ["externalId", { externalId: "alone" }, "give roleArn too"],
  ["externalId", { roleArn: role, externalId: "x" }, "2 to 1224"],
  ["externalId", { roleArn: role, externalId: "a b" }, "2 to 1224"],
  ["externalId", { roleArn: role, externalId: "x".repeat(1225) }, "1224"],
  ["roleArn", { roleArn: "keyroll" }, "an IAM role's ARN"],
  ["roleArn", { roleArn: "arn:aws:iam::2109:role/keyroll" }, "an IAM role's ARN"],
  ["roleArn", { roleArn: role.replace("role/", "user/") }, "an IAM role's ARN"],
  ["roleArn", { roleArn: `${role}\nx` }, "an IAM role's ARN"],
  ["roleArn", { region: "cn-north-1", roleArn: role }, "in cn-north-1, which is in aws-cn"],
  ["roleArn", { region: "us-gov-west-1", roleArn: role }, "in us-gov-west-1, which is in aws-us-gov"],
])("%s is refused by its name: %o", (field, settings, words) => {
  for (const kind of ["aws-ssm", "aws-secrets-manager"])
    expect(() => parse(kind, settings)).toThrow(
      expect.objectContaining({
        code: "invalid",
        message: expect.stringContaining(words),
        facts: expect.objectContaining({ field: `store.settings.${field}`, changed: false }),
      }),
    );
});
