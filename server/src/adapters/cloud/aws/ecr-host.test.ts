import { expect, test } from "vitest";
import { ecrRegistryOf } from "./ecr-host.ts";

const account = "210987654321";

test.each([
  [`${account}.dkr.ecr.eu-west-1.amazonaws.com`, "eu-west-1", "https://api.ecr.eu-west-1.amazonaws.com"],
  [`${account}.dkr.ecr.CN-north-1.amazonaws.com.cn`, "cn-north-1", "https://api.ecr.cn-north-1.amazonaws.com.cn"],
  [`${account}.dkr.ecr.us-gov-west-1.amazonaws.com`, "us-gov-west-1", "https://api.ecr.us-gov-west-1.amazonaws.com"],
  [`${account}.dkr.ecr-fips.us-east-1.amazonaws.com`, "us-east-1", "https://ecr-fips.us-east-1.amazonaws.com"],
  [`${account}.dkr-ecr-fips.us-east-1.on.aws`, "us-east-1", "https://ecr-fips.us-east-1.amazonaws.com"],
  [`${account}.dkr-ecr.ap-southeast-2.on.aws`, "ap-southeast-2", "https://api.ecr.ap-southeast-2.amazonaws.com"],
])("%s is a registry in %s, asked at %s", (host, region, api) => {
  expect(ecrRegistryOf(host)).toEqual({ account, region, api });
});

test.each([
  "public.ecr.aws",
  "registry.example.com",
  "21098765432.dkr.ecr.eu-west-1.amazonaws.com",
  `${account}.dkr.ecr.eu-west-1.amazonaws.com.evil.example`,
  `${account}.dkr.ecr.eu-west-1.evil.example`,
  `evil.${account}.dkr.ecr.eu-west-1.amazonaws.com`,
  `${account}.dkr.ecr.eu-west-1-amazonaws.com`,
  `${account}.dkr.ecr.eu-west-1.amazonaws.com:8443`,
  `${account}.dkr.ecr.eu-west-1.amazonaws.com.`,
  `${account}.dkr.ecr.s3.amazonaws.com`,
  `${account}.dkr.ecr.eu-west-1.s3.amazonaws.com`,
  `${account}.dkr.ecr.eu-west-1.amazonaws.com.cn`,
  `${account}.dkr.ecr.cn-north-1.amazonaws.com`,
  `${account}.dkr.ecr.us-iso-east-1.amazonaws.com`,
  `${account}.dkr.ecr.eu-west-1.amazonaws.com%2eevil.example`,
  `${account}.dkr.s3.eu-west-1.amazonaws.com`,
  "",
])("%s is none", (host) => {
  expect(ecrRegistryOf(host)).toBeNull();
});
