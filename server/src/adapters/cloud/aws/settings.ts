import { z } from "zod";
import type { CloudIdentity } from "../../../ports/cloud-identity.ts";
import { partitionOf } from "./partition.ts";

const arn = /^arn:(aws[a-z-]*):iam::(\d{12}):role(\/[\w+=,.@-]+)+$/u;

/** The role by which a connection enters its account. */
export interface Role {
  readonly arn: string;
  /** What the role's owner asks for besides, so that nobody else can have it assumed; null: nothing. */
  readonly externalId: string | null;
}

/** Settings that every store in an AWS account has. */
export interface AccountSettings {
  readonly region: string;
  readonly roleArn?: string | undefined;
  readonly externalId?: string | undefined;
}

export const region = z
  .string()
  .regex(/^[a-z]{2,4}(-[a-z]{2,12}){1,3}-\d{1,2}$/u, "a Region's name, such as eu-west-1");

export const kmsKeyId = z
  .string()
  .max(2048)
  .regex(/^[a-zA-Z0-9:/_-]+$/u, "id, ARN or alias of a KMS key");

/** Two settings of a store; {@link checkAccount} holds the rules between them and the Region. */
export const roleSettings = {
  roleArn: z
    .string()
    .max(2048)
    .regex(arn, "an IAM role's ARN, such as arn:aws:iam::123456789012:role/keyroll")
    .optional()
    .meta({ title: "Role ARN", description: "IAM role that Keyroll assumes; its own identity when absent" }),
  externalId: z
    .string()
    .regex(/^[\w+=,.@:/-]{2,1224}$/u, "2 to 1224 letters, digits and _+=,.@:/-")
    .optional()
    .meta({ title: "External ID", description: "what the role's trust policy asks for as sts:ExternalId" }),
};

/** For `superRefine`: rules that one setting alone cannot break. */
export const checkAccount = (given: AccountSettings, context: z.RefinementCtx): void => {
  const refuse = (field: keyof AccountSettings, message: string): void =>
    context.addIssue({ code: "custom", path: [field], message, input: given[field] });
  if (given.externalId !== undefined && given.roleArn === undefined)
    refuse("externalId", "an external ID is for a role to assume: give roleArn too, or leave it out");
  const found = given.roleArn === undefined ? undefined : arn.exec(given.roleArn)?.[1];
  const needed = partitionOf(given.region);
  if (found !== undefined && found !== needed)
    refuse("roleArn", `a role of the partition ${found} has no rights in ${given.region}, which is in ${needed}`);
};

export const roleOf = ({ roleArn, externalId }: AccountSettings): Role | null =>
  roleArn === undefined ? null : { arn: roleArn, externalId: externalId ?? null };

/** As whom a store with these settings asks. */
export const identityOf = ({ region: of, roleArn, externalId }: AccountSettings): CloudIdentity => ({
  region: of,
  roleArn: roleArn ?? null,
  externalId: externalId ?? null,
});

/** The account that the connection leads to; null: the server's own one, whose number is in no setting. */
export const accountOf = ({ roleArn }: AccountSettings): string | null =>
  roleArn === undefined ? null : (arn.exec(roleArn)?.[2] ?? null);

/** For `place`: another role or external ID of the same account leads to the same values. */
export const placeOf = (settings: AccountSettings): Readonly<Record<string, unknown>> => {
  const { roleArn: _, externalId: __, ...rest } = settings;
  return { ...rest, account: accountOf(settings) };
};
