import { expect, test } from "vitest";
import { awsBucket } from "./aws-bucket.ts";

const region = "eu-west-1";

test("a bucket is one quota of one account in one Region; without a role the account is the server's own", () => {
  const roleArn = "arn:aws:iam::111122223333:role/keyroll";
  expect(awsBucket("aws-ssm:put", { region })).toBe("aws-ssm:put:default:eu-west-1");
  expect(awsBucket("aws-ssm:put", { region, roleArn })).toBe("aws-ssm:put:111122223333:eu-west-1");
  expect(awsBucket("aws-ssm:get", { region: "cn-north-1", roleArn: roleArn.replace("aws", "aws-cn") })).toBe(
    "aws-ssm:get:111122223333:cn-north-1",
  );
});
