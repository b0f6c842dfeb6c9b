import { z } from "zod";
import { checkAccount, identityOf, kmsKeyId, placeOf, region, roleOf, roleSettings } from "../cloud/aws/settings.ts";
import type { Capabilities, CheckFinding, StoreHost, StoreKind, StoreScope } from "../../ports/secret-store.ts";
import { identified } from "./aws-identity.ts";
import { createCalls } from "./aws-ssm/calls.ts";
import { checkSsm } from "./aws-ssm/check.ts";
import { foreignParameters } from "./aws-ssm/foreign.ts";
import { connectParameters, type Parameters } from "./aws-ssm/parameters.ts";
import { ssmPolicies } from "./aws-ssm/policy.ts";
import { createRecords, type Paths, type Times } from "./aws-ssm/records.ts";
import { openSsm } from "./aws-ssm/store.ts";
import { advancedBytes, keyPattern, parameterBytes } from "./aws-ssm/value.ts";
import { createValues } from "./aws-ssm/values.ts";

const settings = z
  .strictObject({
    region: region.describe("AWS Region of the parameters"),
    prefix: z
      .string()
      .max(200)
      .regex(/^[a-zA-Z0-9_.-]+(\/[a-zA-Z0-9_.-]+){0,10}$/u, "letters, digits and _.- in at most 11 parts divided by /")
      .refine((text) => !/^(aws|ssm)/iu.test(text), "must not begin with aws or ssm, which AWS keeps for itself")
      .refine((text) => !text.endsWith(".rev"), "must not end in .rev, where records lie")
      .default("keyroll")
      .describe("path before app and environment, without slashes at its ends"),
    kmsKeyId: kmsKeyId.optional().describe("KMS key of the parameters; the account's alias/aws/ssm when absent"),
    ...roleSettings,
    tier: z
      .enum(["standard", "advanced"])
      .optional()
      .describe("standard when absent: values of up to 4,096 bytes, free. advanced: up to 8,192 bytes, which costs"),
  })
  .superRefine(checkAccount);

/** @see https://aws.amazon.com/systems-manager/pricing/ */
const price = "about $0.05 a month in most Regions";

export type SsmSettings = z.output<typeof settings>;

const pathsOf = ({ region, prefix }: SsmSettings, { app, environment }: StoreScope): Paths => ({
  region,
  values: `/${prefix}/${app}/${environment}`,
  records: `/${prefix}.rev/${app}/${environment}`,
});

const capabilities: Capabilities = {
  valueBytes: parameterBytes,
  larger: `With \`tier\` advanced in the connection's settings it takes ${advancedBytes}, for ${price} each.`,
  keyPattern,
  transactional: false,
  revisionsKept: 100,
  cannotPurge: null,
  plainReaders: true,
};
const { larger: _, ...most } = capabilities;
const advanced: Capabilities = { ...most, valueBytes: advancedBytes };

/** What tests shorten. */
const usual = { patience: 3000, longestSave: 24 * 3_600_000, connect: connectParameters } as const;

/**
 * AWS Systems Manager Parameter Store: one SecureString per key, which other programs may read, and numbered records
 * beside them. One client serves each Region, KMS key and role.
 */
export const createAwsSsm = (
  options: Partial<Times & { readonly connect: typeof connectParameters }> = {},
): StoreKind<SsmSettings> => {
  const { patience, longestSave, connect } = { ...usual, ...options };
  const clients = new Map<string, Parameters>();
  const hints = new Map<string, number>();
  const clientOf = (given: SsmSettings): Parameters => {
    const account = { region: given.region, kmsKeyId: given.kmsKeyId ?? null, role: roleOf(given) };
    const name = JSON.stringify(account);
    const client = clients.get(name) ?? connect(account);
    clients.set(name, client);
    return client;
  };
  return {
    kind: "aws-ssm",
    label: "AWS Systems Manager Parameter Store",
    settings,
    capabilities,
    capabilitiesOf: ({ tier }) => (tier === "advanced" ? advanced : capabilities),
    costs: [
      {
        setting: "tier",
        value: "advanced",
        text: `AWS bills ${price} for each value over ${parameterBytes} bytes, and for calls on it. Such a parameter never becomes a standard one again; the cost ends when its key is removed and the revisions that had it are pruned.`,
      },
    ],
    // The tier of a value is found out at each put, and the key that it was encrypted with at each read.
    place: ({ prefix, region: inRegion, roleArn, externalId }) => ({
      ...placeOf({ region: inRegion, roleArn, externalId }),
      prefix,
    }),
    policies: ssmPolicies,
    identity: identityOf,
    check: async (given: SsmSettings, host: StoreHost): Promise<readonly CheckFinding[]> =>
      await identified(given, async () => await checkSsm(clientOf(given), given, host)),
    open: (given, scope, host) => {
      const paths = pathsOf(given, scope);
      const calls = createCalls(clientOf(given), given, host);
      const records = createRecords(calls, paths, scope, { ...host, patience }, hints);
      const values = createValues(calls, paths, { ...host, patience });
      const { environmentId } = scope;
      return openSsm({
        paths,
        environmentId,
        tier: given.tier ?? "standard",
        calls,
        records,
        values,
        host,
        longestSave,
      });
    },
    foreign: foreignParameters(({ roleArn, externalId }, region) =>
      clientOf({ region, prefix: "", ...(roleArn === undefined ? {} : { roleArn, externalId }) }),
    ),
    valuesAt: (given, scope) => ({ path: pathsOf(given, scope).values, region: given.region }),
  };
};
