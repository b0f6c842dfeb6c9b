import { z } from "zod";
import { checkAccount, identityOf, kmsKeyId, placeOf, region, roleOf, roleSettings } from "../cloud/aws/settings.ts";
import type { StoreKind } from "../../ports/secret-store.ts";
import { identified } from "./aws-identity.ts";
import { checkSecretsManager } from "./aws-secrets-manager/check.ts";
import { restOf } from "./aws-secrets-manager/client.ts";
import { documentBytes, secretDocument, versionsKept } from "./aws-secrets-manager/documents.ts";
import { secretsManagerPolicies } from "./aws-secrets-manager/policy.ts";
import { foreignParameters } from "./aws-ssm/foreign.ts";
import { connectParameters } from "./aws-ssm/parameters.ts";
import { documentStore } from "./document-store.ts";

export const settings = z
  .strictObject({
    region: region.describe("AWS Region of the secrets"),
    prefix: z
      .string()
      .max(200)
      .regex(/^[\w+=.@-]+(\/[\w+=.@-]+)*$/u, "letters, digits and _+=.@- in parts divided by /")
      .default("keyroll")
      .describe("beginning of every name, before app and environment"),
    kmsKeyId: kmsKeyId.optional().describe("KMS key of new secrets; the account's aws/secretsmanager when absent"),
    ...roleSettings,
  })
  .superRefine(checkAccount);

export type Settings = z.output<typeof settings>;

/** AWS Secrets Manager: an environment is one secret, whose current label is moved by compare-and-swap. */
export const awsSecretsManager: StoreKind<Settings> = {
  kind: "aws-secrets-manager",
  label: "AWS Secrets Manager",
  settings,
  capabilities: {
    // A binary value is a third longer in JSON.
    valueBytes: (documentBytes * 3) / 4 - 2000,
    keyPattern: null,
    transactional: false,
    revisionsKept: versionsKept,
    cannotPurge: "AWS Secrets Manager deletes a version only when 100 newer ones are there",
    plainReaders: false,
  },
  place: placeOf,
  policies: secretsManagerPolicies,
  identity: identityOf,
  check: async (given, host) =>
    await identified(given, async () => await checkSecretsManager(restOf(given, host), given, host)),
  open: (given, scope, host) =>
    documentStore(secretDocument(restOf(given, host), given, scope, host), { scope, clock: host.clock }),
  // The same account has a Parameter Store.
  foreign: foreignParameters((given, region) => connectParameters({ region, kmsKeyId: null, role: roleOf(given) })),
};
