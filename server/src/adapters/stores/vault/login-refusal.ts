import { KeyrollError } from "@keyroll/contract/errors";
import { errorsOf } from "./errors.ts";
import type { Proof } from "./login.ts";
import { endOf } from "./token-file.ts";

/** What the server's words mean; the first that fits. Its words themselves may quote the token. */
const known: readonly (readonly [words: RegExp, what: string, next: string])[] = [
  [
    /role .*could not be found|invalid role name|missing role/iu,
    "there is no such role",
    "Set `role` of the store to a role of this auth method, or make that role there.",
  ],
  [/expired/iu, "the token has expired", "Check that what writes the token's file goes on doing so."],
  [/audience/iu, "the token is for another audience", "Let the token be made for an audience of the role."],
  [
    /signature|three parts|malformed/iu,
    "the token is not signed by a key that it trusts",
    "Check the keys, the issuer or the cluster in the configuration of this auth method.",
  ],
  [
    /service account name|namespace not authorized|subject|claim|bound/iu,
    "the role does not admit whoever the token is for",
    "Check service accounts and namespaces, or subject and claims, that the role is bound to.",
  ],
];

/** A login that was refused: where, as which role, why, and what to do; nothing of what was sent. */
export const loginRefused = (
  host: string,
  path: string,
  { status, body }: { readonly status: number; readonly body: unknown },
  { role, proof, now }: { readonly role: string | undefined; readonly proof?: Proof | undefined; readonly now: number },
): KeyrollError => {
  const as = role === undefined ? "" : ` as \`${role}\``;
  const end = proof === undefined ? null : endOf(proof.jwt);
  // A cluster does not say why it does not know a token.
  const words = end !== null && end <= now ? "expired" : errorsOf(body).join(" ");
  const [, what, next] = known.find(([pattern]) => pattern.test(words)) ?? [
    null,
    null,
    "Check the credentials in the server's environment, and `auth`, `authMount` and `role` of the store.",
  ];
  const why = what === null ? "" : `: ${what}`;
  const from = proof === undefined ? "" : ` with the token in ${proof.file}`;
  return new KeyrollError(
    "provider_denied",
    `${host} does not let the server sign in${as}${from}${why} (${path}, ${status}).`,
    { next, changed: false },
  );
};

/** The operator's own token that is not accepted: why is not said, and policies do not help. */
export const tokenRefused = (host: string, path: string, status: number): KeyrollError =>
  new KeyrollError(
    "provider_denied",
    `${host} does not accept the server's VAULT_TOKEN: it is wrong, over or revoked, or may not look itself up (${path}, ${status}).`,
    { next: "Start the server with another VAULT_TOKEN, best a periodic one.", changed: false },
  );
