import { accountOf, type AccountSettings } from "../cloud/aws/settings.ts";

/**
 * The pacer's name for a quota of AWS, which counts per account and Region: `aws-ssm:put:default:eu-west-1`. Every
 * bucket of an AWS store is named here. A role in the server's own account has a bucket beside the one of the
 * server's own credentials: together they may go too fast at first, and learn from being throttled.
 * @param quota service and operation, as the table of rates begins them, such as `aws-ssm:put`
 */
export const awsBucket = (quota: string, settings: AccountSettings): string =>
  `${quota}:${accountOf(settings) ?? "default"}:${settings.region}`;
