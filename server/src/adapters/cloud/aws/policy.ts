import type { CloudIdentity } from "../../../ports/cloud-identity.ts";
import type { Policy } from "../../../ports/secret-store.ts";
import { partitionOf } from "./partition.ts";
import { accountOf, roleOf, type AccountSettings } from "./settings.ts";

/** IAM's condition operators, with their keys and values. */
type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Conditions;
}

/** A connection that may use a KMS key of its own. */
export interface KeyedSettings extends AccountSettings {
  readonly kmsKeyId?: string | undefined;
}

export const documentOf = (statements: readonly object[]): Readonly<Record<string, unknown>> => ({
  Version: "2012-10-17",
  Statement: statements,
});

/** Makes ARNs of the connection's Region; the account is `*` where no setting names it. */
export const arnsOf = (settings: AccountSettings, account = accountOf(settings) ?? "*") => {
  const start = (service: string) => `arn:${partitionOf(settings.region)}:${service}:${settings.region}:${account}`;
  return (service: string, resource: string): string => `${start(service)}:${resource}`;
};

/** What uses the key for Keyroll, and for what: the name of the encryption context that holds the ARN of each value. */
interface Through {
  readonly service: "ssm" | "secretsmanager";
  readonly context: "PARAMETER_ARN" | "SecretARN";
  readonly resources: readonly string[];
}

/**
 * Use of the connection's own key for nothing but these resources, and only through the service. Without a key of its
 * own nothing is needed: the account's default keys let everybody in the account use them through their service.
 */
export const keyStatement = (
  settings: KeyedSettings,
  actions: readonly string[],
  { service, context, resources }: Through,
): readonly Statement[] => {
  const { kmsKeyId: key, region } = settings;
  // IAM knows keys and no aliases: the alias is a condition on the key.
  const alias = /(?:^|:)(alias\/.+)$/u.exec(key ?? "")?.[1] ?? null;
  if (key === undefined || alias?.startsWith("alias/aws/") === true) return [];
  const account = /^arn:[a-z-]+:kms:[^:]*:(\d{12}):/u.exec(key)?.[1];
  const keyArn = arnsOf(settings, account);
  const id = key.split("/").at(-1) ?? key;
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  return [
    {
      Sid: "Key",
      Effect: "Allow",
      Action: actions.map((action) => `kms:${action}`),
      Resource: [keyArn("kms", `key/${alias === null ? id : "*"}`)],
      Condition: {
        StringEquals: { "kms:ViaService": `${service}.${region}.${domain}` },
        StringLike: { [`kms:EncryptionContext:${context}`]: resources },
        ...(alias === null ? {} : { "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias } }),
      },
    },
  ];
};

/** What stands in the trust policy until its owner has put Keyroll's identity there: no setting names it. */
const keyrollItself = (region: string): string => `arn:${partitionOf(region)}:iam::KEYROLL_ACCOUNT:role/KEYROLL_ROLE`;

/** The way into another account: who may assume the role, and what lets Keyroll try. None without a role. */
export const rolePolicies = (settings: AccountSettings): readonly Policy[] => {
  const role = roleOf(settings);
  if (role === null) return [];
  const principal = keyrollItself(settings.region);
  const condition =
    role.externalId === null ? {} : { Condition: { StringEquals: { "sts:ExternalId": role.externalId } } };
  return [
    {
      name: "trust",
      purpose: `Trust policy of ${role.arn}. Put the ARN of the server's own role or user in place of ${principal}.`,
      document: documentOf([
        { Sid: "Keyroll", Effect: "Allow", Principal: { AWS: principal }, Action: "sts:AssumeRole", ...condition },
      ]),
    },
    {
      name: "assume",
      purpose: "For the server's own role or user: it may assume the connection's role.",
      document: documentOf([{ Sid: "Keyroll", Effect: "Allow", Action: ["sts:AssumeRole"], Resource: [role.arn] }]),
    },
  ];
};

/** Charts from ECR: signing in is a right on everything or on nothing, reading one on each repository. */
export const chartPolicies = ({ region, roleArn }: CloudIdentity): readonly Policy[] => {
  const arnOf = arnsOf({ region, roleArn: roleArn ?? undefined });
  const allow = (Sid: string, actions: readonly string[], resource: string): Statement => ({
    Sid,
    Effect: "Allow",
    Action: actions.map((action) => `ecr:${action}`),
    Resource: [resource],
  });
  return [
    {
      name: "charts",
      purpose: `Optional, for ${roleArn ?? "the server's own role or user"}: pulls charts from the registry of its account in ${region}. Put the repositories that hold charts in place of the *.`,
      document: documentOf([
        allow("SignIn", ["GetAuthorizationToken"], "*"),
        // Tags are listed where no version is named, or a range.
        allow("Charts", ["BatchGetImage", "GetDownloadUrlForLayer", "ListImages"], arnOf("ecr", "repository/*")),
      ]),
    },
  ];
};
