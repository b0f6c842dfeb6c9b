import { KeyrollError } from "@keyroll/contract/errors";
import { CallFailed } from "./parameters.ts";

/** What AWS's names of refusals mean, and what to do; the first that fits. `{version}`: the one that AWS named. */
const refusals: readonly (readonly [reason: RegExp, sentence: string, next: string])[] = [
  [/^ParameterLimitExceeded/u, "This account and Region hold no more parameters.", "Delete some that nobody needs."],
  [
    /^ParameterMaxVersionLimitExceeded/u,
    "A label holds its oldest version.",
    "Move the label of {version} to a newer version, or delete it; GetParameterHistory shows its name.",
  ],
  [
    /^(InvalidKeyId|Disabled|KMS)/u,
    "Its KMS key cannot be used.",
    "Check that the key exists, is enabled and that its policy allows Keyroll's role.",
  ],
  [
    /^CredentialsProviderError|Token|Signature/u,
    "The server's AWS credentials are missing, wrong or out of date.",
    "Give the server a role or AWS_ACCESS_KEY_ID, and check its clock.",
  ],
];

/** A failure that the protocol does not resolve, for people. `what` is a parameter's name, never a value. */
export const toKeyrollError = (cause: CallFailed, what: string): KeyrollError => {
  const { failure, action, reason } = cause;
  const facts = { changed: false, actual: reason } as const;
  if (failure === "throttled")
    return new KeyrollError("provider_throttled", `AWS kept throttling ${action} on ${what}.`, facts, { cause });
  if (failure === "lost")
    return new KeyrollError("provider_unreachable", `AWS gave no answer to ${action} on ${what} (${reason}).`, facts, {
      cause,
    });
  const said = `AWS refused ${action} on ${what} (${reason}).`;
  const known = refusals.find(([pattern]) => pattern.test(reason));
  if (known === undefined) return new KeyrollError("provider_denied", said, facts, { cause });
  const [, sentence, advice] = known;
  const next = advice.replace("{version}", cause.version === null ? "its oldest version" : `version ${cause.version}`);
  return new KeyrollError("provider_denied", `${said} ${sentence}`, { ...facts, next }, { cause });
};

/** Runs it; a failed call becomes an error for people. */
export const orKeyrollError = async <T>(what: string, run: () => Promise<T>): Promise<T> => {
  try {
    return await run();
  } catch (error) {
    throw error instanceof CallFailed ? toKeyrollError(error, what) : error;
  }
};
