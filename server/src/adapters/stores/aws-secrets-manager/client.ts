import { KeyrollError } from "@keyroll/contract/errors";
import type { StoreHost } from "../../../ports/secret-store.ts";
import { roleOf, type AccountSettings } from "../../cloud/aws/settings.ts";
import { signerOf, type Signer } from "../../cloud/aws/signer.ts";
import { guardedLookup } from "../../egress/connect.ts";
import { awsBucket } from "../aws-bucket.ts";
import { createRest, perProcess, type Reply, type Rest } from "../rest.ts";

/** The calls that the store makes; each is a right of the same name. */
export const actions = [
  "CreateSecret",
  "DeleteSecret",
  "DescribeSecret",
  "GetSecretValue",
  "ListSecretVersionIds",
  "PutSecretValue",
  "RestoreSecret",
  "TagResource",
  "UpdateSecretVersionStage",
] as const;

export type Action = (typeof actions)[number];

export interface Answer {
  /** The provider's name of a refusal, such as `ResourceNotFoundException`; null: it was carried out. */
  readonly refused: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One call on the secret `name`. `repeats`: see {@link Rest}. @throws {KeyrollError} as it does. */
export const call = async (
  rest: Rest,
  action: Action,
  name: string,
  input: Readonly<Record<string, unknown>> = {},
  repeats = true,
): Promise<Answer> => {
  const { status, body } = await rest.ask({
    method: "POST",
    path: "/",
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `secretsmanager.${action}` },
    body: { [action === "CreateSecret" ? "Name" : "SecretId"]: name, ...input },
    what: `${action} on \`${name}\``,
    repeats,
  });
  return {
    refused: status < 300 ? null : (typeOf(body) ?? `status ${status}`),
    body: (body ?? {}) as Record<string, unknown>,
  };
};

/** The last word of `com.amazonaws.secretsmanager#ResourceNotFoundException`. */
const typeOf = (body: unknown): string | null => {
  const type = (body as Readonly<Record<string, unknown>> | null)?.["__type"];
  return typeof type === "string" ? (/\w+$/u.exec(type)?.[0] ?? null) : null;
};

const isThrottled = ({ body }: Reply): boolean =>
  /^(Throttl\w+|RequestLimitExceeded|TooManyRequestsException)$/u.test(typeOf(body) ?? "");

/** What AWS's names of refusals mean, and what to do; the first that fits. */
const refusals: readonly (readonly [reason: RegExp, sentence: string, next: string])[] = [
  [
    /^(DecryptionFailure|EncryptionFailure|KMS|InvalidKey)/u,
    "Its KMS key cannot be used.",
    "Check that the key exists, is enabled and that its policy allows Keyroll's role.",
  ],
  [
    /Token|Signature|UnrecognizedClient|CredentialsProvider/u,
    "The server's AWS credentials are missing, wrong or out of date.",
    "Give the server a role or AWS_ACCESS_KEY_ID, and check its clock.",
  ],
  [/^LimitExceeded/u, "A quota of the account is used up.", "Delete secrets that nobody needs, or raise the quota."],
];

/** A refusal that the protocol does not resolve, for people: the provider's name of it, never its text. */
export const refuse = (action: Action, name: string, refused: string): KeyrollError => {
  const [, sentence, next] = refusals.find(([pattern]) => pattern.test(refused)) ?? [
    null,
    "",
    `Give Keyroll's role \`secretsmanager:${action}\` on \`${name}-*\`.`,
  ];
  return new KeyrollError(
    "provider_denied",
    `AWS refused ${action} on \`${name}\` (${refused}).${sentence === "" ? "" : ` ${sentence}`}`,
    { next, changed: false },
  );
};

type Host = Pick<StoreHost, "clock" | "random" | "pacer" | "egress" | "variables">;

const connect = (account: AccountSettings, host: Host): Rest => {
  const { region } = account;
  const role = roleOf(account);
  const given = host.variables.get("AWS_ENDPOINT_URL_SECRETS_MANAGER");
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const base = new URL(given ?? `https://secretsmanager.${region}.${domain}`);
  let signer: Promise<Signer> | null = null;
  return createRest({
    base,
    host,
    bucket: awsBucket("aws-secrets-manager", account),
    // An address that the operator gave is the operator's business.
    ...(given === undefined ? { lookup: guardedLookup(base, host.egress) } : {}),
    isThrottled,
    authorize: async ({ method, path, headers, what }, body) => {
      try {
        const { headers: signed } = await (
          await (signer ??= signerOf("secretsmanager", region, role))
        ).sign(
          {
            method,
            path,
            protocol: base.protocol,
            hostname: base.hostname,
            headers: { ...headers, host: base.host },
            body: body ?? "",
          },
          { signingDate: new Date(host.clock.now()) },
        );
        return signed;
      } catch (error) {
        if (error instanceof KeyrollError) throw error;
        throw new KeyrollError(
          "provider_denied",
          `The server has no AWS credentials for ${what} (${error instanceof Error ? error.name : "unknown"}).`,
          { next: "Give the server a role or AWS_ACCESS_KEY_ID.", changed: false },
        );
      }
    },
  });
};

const rests = perProcess<Rest>();

/** The client of a Region and role; without a role, credentials come from where every AWS SDK looks for them. */
export const restOf = (given: AccountSettings, host: Host): Rest => {
  const role = roleOf(given);
  return rests(host.variables, JSON.stringify([given.region, role]), () => connect(given, host));
};
