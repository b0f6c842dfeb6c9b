import type { CheckFinding } from "../../../ports/secret-store.ts";

/**
 * Whether values are encrypted with a KMS key of the customer's own. The account's default keys let everybody in the account
 * use them who may call the service (AWS KMS, "AWS managed keys"): encryption then protects from no one who may read.
 *
 * @param defaultKey the service's own alias, such as `alias/aws/ssm`
 * @param what the service keeps: "parameters"
 */
export const ownKey = (kmsKeyId: string | undefined, defaultKey: string, what: string): CheckFinding => {
  const isOwn = kmsKeyId !== undefined && !kmsKeyId.endsWith(defaultKey);
  return {
    id: "key",
    what: "a KMS key of your own",
    ok: isOwn,
    required: false,
    message: isOwn
      ? `Values are encrypted with ${kmsKeyId}.`
      : `Values are encrypted with the account's default key ${defaultKey}: whoever may read ${what} in this account and Region may decrypt them.`,
    next: isOwn ? null : "Set `kmsKeyId` to a key whose policy names Keyroll and those who read the values.",
  };
};
