import { KeyrollError, type ErrorCode } from "@keyroll/contract/errors";
import { failureOf, patience } from "./sdk.ts";
import type { Role } from "./settings.ts";

/** What every AWS client and signer takes: keys, and when they end. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** How CloudTrail names what Keyroll does with the role. */
const sessionName = "keyroll";

/**
 * Assumes the role with the server's own identity, at the STS of the Region, and again before the session ends. Several
 * that ask at once share one session. The SDK is loaded at the first call and repeats it where STS is busy or away.
 * @throws {KeyrollError} `provider_denied`, `provider_throttled`, `provider_unreachable`; each names the role.
 */
export const assumedRole = (region: string, role: Role): (() => Promise<AwsCredentials>) => {
  const connect = async () => {
    const [sts, core] = await Promise.all([import("@aws-sdk/client-sts"), import("@smithy/core")]);
    const client = new sts.STSClient({ region, requestHandler: { ...patience } });
    const take = async (): Promise<AwsCredentials> => {
      const input = {
        RoleArn: role.arn,
        RoleSessionName: sessionName,
        ...(role.externalId === null ? {} : { ExternalId: role.externalId }),
      };
      const answer = await client.send(new sts.AssumeRoleCommand(input)).catch((error: unknown) => {
        throw refusalOf(error, region, role);
      });
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
      if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined)
        throw refuse("provider_unreachable", role, "STS answered without a session", null);
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        ...(Expiration === undefined ? {} : { expiration: Expiration }),
      };
    };
    // A session is replaced five minutes before its end.
    const { isIdentityExpired, doesIdentityRequireRefresh } = core;
    return core.memoizeIdentityProvider(take, isIdentityExpired, doesIdentityRequireRefresh) ?? take;
  };
  let connecting: ReturnType<typeof connect> | null = null;
  return async () => await (await (connecting ??= connect()))();
};

const refuse = (code: ErrorCode, role: Role, why: string, next: string | null): KeyrollError =>
  new KeyrollError(code, `Keyroll cannot assume the role ${role.arn}: ${why}.`, {
    changed: false,
    ...(next === null ? {} : { next }),
  });

const trust = ({ arn, externalId }: Role): string =>
  `Let that identity call sts:AssumeRole on ${arn}, and let the role's trust policy name it${
    externalId === null
      ? "; where that asks for an external ID, give the connection externalId."
      : ` with the external ID ${externalId} (sts:ExternalId).`
  } \`keyroll connection policy\` prints both.`;

/** What STS's names of refusals mean, and what to do; the first that fits. */
const refusals: readonly (readonly [
  reason: RegExp,
  code: ErrorCode,
  sentence: string,
  next: (role: Role) => string | null,
])[] = [
  [/^AccessDenied/u, "provider_denied", "AWS refuses it to the server's own identity", trust],
  [
    /^(CredentialsProviderError|ExpiredToken|InvalidClientTokenId|SignatureDoesNotMatch|RequestExpired|IncompleteSignature|MissingAuthenticationToken)/u,
    "provider_denied",
    "the server's own AWS credentials are missing, wrong or out of date",
    () => "Give the server a role or AWS_ACCESS_KEY_ID, and check its clock.",
  ],
  [
    /^RegionDisabled/u,
    "provider_denied",
    "STS is not active there in the server's own account",
    () => "Activate the Region, or its STS endpoint, in the account settings of IAM.",
  ],
  [
    /^ValidationError/u,
    "provider_denied",
    "AWS takes the role or the external ID for a mistake",
    () => "Check the connection's roleArn and externalId.",
  ],
  [/^(Throttl|RequestLimitExceeded|TooManyRequests)/u, "provider_throttled", "STS keeps throttling", () => null],
];

/** By the provider's name of it and never its text. */
const refusalOf = (error: unknown, region: string, role: Role): KeyrollError => {
  const { reason, status } = failureOf(error);
  const known = refusals.find(([pattern]) => pattern.test(reason));
  const where = `(${reason}, ${region})`;
  if (known !== undefined) {
    const [, errorCode, sentence, next] = known;
    return refuse(errorCode, role, `${sentence} ${where}`, next(role));
  }
  return status !== null && status >= 400 && status < 500
    ? refuse("provider_denied", role, `AWS refuses it ${where}`, trust(role))
    : refuse("provider_unreachable", role, `STS gives no answer ${where}`, null);
};
