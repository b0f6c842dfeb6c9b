import { Buffer } from "node:buffer";
import { KeyrollError, type ErrorCode } from "@keyroll/contract/errors";
import { z } from "zod";
import { ask, type AskHost } from "./ask.ts";
import { ecrRegistryOf, type EcrRegistry } from "./ecr-host.ts";
import type { Role } from "./settings.ts";

/** What opens a registry. */
export interface EcrSignIn {
  /** `AWS:<token>` in base64, as HTTP and Helm's registry file take it. Opens every registry that the role may read. */
  readonly auth: string;
  /** Whose registry AWS takes for the signer's own; null: it did not say. */
  readonly account: string | null;
  /** It served an earlier pull: the registry may have ended it since. */
  readonly isKept: boolean;
}

/**
 * Signs in to a registry as the role, or as the server itself. A token is kept in memory and nowhere else, until half
 * an hour before its end; several pulls at once share one.
 * @param refused what the registry has just refused: it is not given again
 * @throws {KeyrollError} `provider_denied`, `provider_throttled`, `provider_unreachable`; nothing was changed.
 */
export type Ecr = (registry: EcrRegistry, role: Role | null, refused?: string) => Promise<EcrSignIn>;

type Token = Omit<EcrSignIn, "isKept"> & { readonly expires: number };

/** A pull that begins with a token ends long before it does. Milliseconds; AWS's tokens hold for 12 hours. */
const margin = 30 * 60_000;

const answer = z.object({
  authorizationData: z.tuple(
    [
      z.object({
        authorizationToken: z.base64(),
        /** Seconds since the epoch. */
        expiresAt: z.number(),
        proxyEndpoint: z.string().optional(),
      }),
    ],
    z.unknown(),
  ),
});

/** AWS's name of a refusal, which may come with that of its service. */
const refusal = z
  .object({ __type: z.string().regex(/^[\w.#]{1,100}$/u) })
  .transform(({ __type: name }) => name.replace(/^.*#/u, ""));

/** What AWS gave less than `margin` for serves the one pull that it was asked for. */
export const createEcr = (host: AskHost): Ecr => {
  const tokens = new Map<string, Promise<Token>>();
  return async (registry, role, refused) => {
    const key = JSON.stringify([registry.api, role?.arn, role?.externalId]);
    const known = tokens.get(key);
    const kept = await known;
    if (kept !== undefined && kept.auth !== refused && host.clock.now() < kept.expires - margin)
      return { ...kept, isKept: true };
    // Of several that found the same one too old, the first asks.
    const other = tokens.get(key);
    if (other !== undefined && other !== known) return { ...(await other), isKept: false };
    const asked = askToken(registry, role, host);
    tokens.set(key, asked);
    try {
      return { ...(await asked), isKept: false };
    } catch (error) {
      if (tokens.get(key) === asked) tokens.delete(key);
      throw error;
    }
  };
};

type Refusal = readonly [reason: RegExp, code: ErrorCode, next: (role: Role | null) => string];

/** Who needs a right, for errors. */
export const whoIs = (role: Role | null): string => role?.arn ?? "the server's own role or user";

const denied: Refusal = [
  /^AccessDenied/u,
  "provider_denied",
  (role) =>
    `Give ${whoIs(role)} the right ecr:GetAuthorizationToken on *; \`keyroll connection policy NAME --only charts\` prints it.`,
];

/** What AWS's names of refusals mean, and what to do; the first that fits. */
const refusals: readonly Refusal[] = [
  denied,
  [
    /^(UnrecognizedClient|InvalidClientTokenId|ExpiredToken|RequestExpired|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken)/u,
    "provider_denied",
    () => "The server's AWS credentials are wrong or out of date: check them, and its clock.",
  ],
  [/^(Throttl|TooManyRequests|LimitExceeded)/u, "provider_throttled", () => "Try again later; it is safe."],
];

/** ecr:GetAuthorizationToken. */
const askToken = async ({ region, api }: EcrRegistry, role: Role | null, host: AskHost): Promise<Token> => {
  const what = `ecr:GetAuthorizationToken in ${region}`;
  const field = "reference.url";
  const fail = (code: ErrorCode, why: string, next: string): KeyrollError =>
    new KeyrollError(code, why, { field, next, changed: false });
  const { status, body } = await ask(
    {
      service: "ecr",
      region,
      role,
      address: api,
      variable: "AWS_ENDPOINT_URL_ECR",
      method: "POST",
      path: "/",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
      },
      body: "{}",
      what,
      field,
      next: {
        unsigned:
          "Give the server a role or AWS_ACCESS_KEY_ID, or name a connection in AWS (`--connection NAME`), or give a user name and password.",
        silent: `Is ${region} in the address spelled right? If it is, check the network.`,
      },
    },
    host,
  );
  if (status >= 400 && status < 500) {
    const reason = refusal.safeParse(body).data ?? "no reason";
    const [, code, next] = refusals.find(([pattern]) => pattern.test(reason)) ?? denied;
    throw fail(code, `AWS refused ${what} (${status} ${reason}).`, next(role));
  }
  const found = answer.safeParse(status === 200 ? body : null);
  const [data] = found.data?.authorizationData ?? [];
  if (data === undefined || !Buffer.from(data.authorizationToken, "base64").toString("latin1").startsWith("AWS:"))
    throw fail("provider_unreachable", `The answer to ${what} (${status}) holds no token.`, "Try again later.");
  const endpoint = data.proxyEndpoint ?? "";
  // It is believed for words in errors; the token goes to the host that was asked for and to no other.
  const own = URL.canParse(endpoint) ? ecrRegistryOf(new URL(endpoint).host) : null;
  return { auth: data.authorizationToken, account: own?.account ?? null, expires: data.expiresAt * 1000 };
};
