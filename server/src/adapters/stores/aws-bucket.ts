/** Whose quota the calls of a connection use, as far as its settings say so. */
export interface AwsPlace {
  readonly region: string;
  /** The role that the calls are made with; absent: what the server's own credentials are. */
  readonly roleArn?: string | undefined;
}

/** The account of a role's ARN. The server's own is not asked for: it is one, whichever it is. */
const accountOf = ({ roleArn }: AwsPlace): string =>
  /^arn:[\w-]+:iam::(\d{12}):/u.exec(roleArn ?? "")?.[1] ?? "default";

/**
 * The pacer's name for a quota of AWS, which counts per account and Region: `aws-ssm:put:default:eu-west-1`. Every
 * bucket of an AWS store is named here. A role in the server's own account has a bucket beside the one of the
 * server's own credentials: together they may go too fast at first, and learn from being throttled.
 * @param quota service and operation, as the table of rates begins them, such as `aws-ssm:put`
 */
export const awsBucket = (quota: string, place: AwsPlace): string => `${quota}:${accountOf(place)}:${place.region}`;
