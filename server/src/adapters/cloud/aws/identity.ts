import { KeyrollError, type ErrorCode } from "@keyroll/contract/errors";
import type { AwsCredentials } from "./assumed-role.ts";
import { partitionOf } from "./partition.ts";
import { failureOf, patience } from "./sdk.ts";

/** Who AWS says that somebody is. Never a key. */
export interface Caller {
  readonly account: string;
  readonly arn: string;
  /** How far AWS's clock is ahead of ours. Milliseconds, in whole seconds. */
  readonly ahead: number;
}

/** AWS refuses what was signed by a clock that is further off. Milliseconds. */
export const clockLimit = 300_000;

/** A Region of each partition that no account can switch off. */
const alwaysOn = new Map([
  ["aws", "us-east-1"],
  ["aws-cn", "cn-north-1"],
  ["aws-us-gov", "us-gov-west-1"],
]);

/** Null: with what the server has by itself. */
type Credentials = (() => Promise<AwsCredentials>) | null;

/** Where the server's clock is: `1200 s behind AWS's`. */
export const clockWords = (ahead: number): string =>
  `${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? "behind" : "ahead of"} AWS's`;

/**
 * Asks the STS of the Region, once. AWS answers everybody whom it knows: this needs no right.
 * @throws {KeyrollError} what is wrong with the credentials, the clock, the Region or the way, each with its next step.
 */
export const callerOf = async (region: string, credentials: Credentials): Promise<Caller> => {
  const answer = await ask(region, credentials);
  if ("arn" in answer) return answer;
  const { reason, ahead } = answer;
  const isClock = /^(RequestExpired|RequestTimeTooSkewed)/u.test(reason) || Math.abs(ahead) >= clockLimit;
  if (isClock && /^(Signature|Request)/u.test(reason))
    throw refuse("provider_denied", `${signedBy(reason)} The server's clock is ${clockWords(ahead)}.`, setClock);
  if (!/^(InvalidClientTokenId|UnrecognizedClient)/u.test(reason)) throw refusalOf(region, answer);
  // AWS says the same of a key that it does not know, and of a Region that the key's account has not enabled.
  const other = alwaysOn.get(partitionOf(region));
  const there = other === undefined || other === region ? answer : await ask(other, credentials);
  throw "arn" in there
    ? refuse(
        "provider_denied",
        `The Region ${region} is not enabled in the account ${there.account} (${reason}).`,
        "Enable it in the account's settings, or correct the connection's region.",
      )
    : refuse(
        "provider_denied",
        `AWS does not know the access key (${reason}).`,
        `Give the server a role, or an AWS_ACCESS_KEY_ID that exists in the partition ${partitionOf(region)}.`,
      );
};

export const setClock = "Set the server's clock, best by NTP.";

interface Refused {
  readonly reason: string;
  readonly status: number | null;
  readonly ahead: number;
}

const ask = async (region: string, credentials: Credentials): Promise<Caller | Refused> => {
  const { STSClient, GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  // Without repeating: the SDK would quietly put right what has to be said of the clock.
  const client = new STSClient({
    region,
    maxAttempts: 1,
    requestHandler: { ...patience },
    ...(credentials === null ? {} : { credentials }),
  });
  try {
    const { Account = "", Arn = "" } = await client.send(new GetCallerIdentityCommand({}));
    return { account: Account, arn: Arn, ahead: client.config.systemClockOffset };
  } catch (error) {
    if (error instanceof KeyrollError) throw error;
    return { ...failureOf(error), ahead: client.config.systemClockOffset };
  } finally {
    client.destroy();
  }
};

const refuse = (code: ErrorCode, message: string, next: string | null): KeyrollError =>
  new KeyrollError(code, message, { changed: false, ...(next === null ? {} : { next }) });

const signedBy = (reason: string): string => `AWS refuses the server's signature (${reason}).`;

/** What STS's names of refusals mean, and what to do; the first that fits. */
const refusals: readonly (readonly [reason: RegExp, sentence: string, next: string])[] = [
  [
    /^CredentialsProviderError/u,
    "The server has no AWS credentials",
    "Give the server a role, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
  ],
  [
    /^ExpiredToken/u,
    "The server's AWS session has expired",
    "Give it a new AWS_SESSION_TOKEN with its keys, or better a role, which AWS renews by itself.",
  ],
  [
    /^(Signature|IncompleteSignature)/u,
    "AWS refuses the server's signature, and its clock is right",
    "Check that AWS_SECRET_ACCESS_KEY belongs to AWS_ACCESS_KEY_ID.",
  ],
  [
    /^RegionDisabled/u,
    "STS is not active in the Region for this account",
    "Activate it in the account settings of IAM, or correct the connection's region.",
  ],
];

const refusalOf = (region: string, { reason, status }: Refused): KeyrollError => {
  const where = `(${reason}, ${region})`;
  const known = refusals.find(([pattern]) => pattern.test(reason));
  if (known !== undefined) return refuse("provider_denied", `${known[1]} ${where}.`, known[2]);
  if (reason === "ENOTFOUND")
    return refuse(
      "provider_unreachable",
      `There is no address of STS in ${region} (${reason}).`,
      `Check the connection's region: is ${region} spelled right? If it is, check the server's DNS.`,
    );
  return status !== null && status >= 400 && status < 500
    ? refuse("provider_denied", `AWS refuses to say who the server is ${where}.`, null)
    : refuse("provider_unreachable", `STS gives no answer ${where}.`, null);
};
