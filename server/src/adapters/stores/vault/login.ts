import { KeyrollError } from "@keyroll/contract/errors";
import { tokenIn } from "./token-file.ts";

/** A token, and how long it serves. */
export interface Session {
  readonly token: string;
  /** Milliseconds from its making until a new one is needed; null: as long as it is accepted. */
  readonly lasts: number | null;
  /** Half the life of a token that was given: renewed when it is used after that. Null: nothing to renew. */
  readonly renewAfter: number | null;
}

/** A token that somebody else made and keeps new, in a file of the server's machine. */
export interface Proof {
  readonly jwt: string;
  readonly file: string;
}

/** What a login may use. */
export interface LoginParts {
  readonly variables: ReadonlyMap<string, string>;
  /** Where the auth method is mounted, when not at its own name. */
  readonly mount: string | undefined;
  readonly role: string | undefined;
  /** What the server says of this token. @throws {KeyrollError} for every refusal. */
  look(token: string): Promise<unknown>;
  /**
   * One login.
   * @param proof the token that proves who asks, when it is one that can be over
   * @throws {KeyrollError} for every refusal, with what is wrong as far as it was said.
   */
  login(path: string, body: object, proof?: Proof): Promise<unknown>;
}

type Login = (parts: LoginParts) => Promise<Session>;

const variable = (parts: LoginParts, name: string): string => {
  const found = parts.variables.get(name);
  if (found !== undefined) return found;
  throw new KeyrollError("provider_denied", `The server has no ${name} in its environment.`, {
    next: `Start the server with ${name}, or choose another \`auth\` for this store.`,
    changed: false,
  });
};

const numberAt = (answer: unknown, ...path: readonly string[]): number => {
  let found = answer;
  for (const step of path) found = (found as Record<string, unknown> | null | undefined)?.[step];
  return typeof found === "number" ? found : 0;
};

/** The operator's token. A periodic one never ends, as long as it is used once within half its period. */
const token: Login = async (parts) => {
  const given = variable(parts, "VAULT_TOKEN");
  const answer = await parts.look(given);
  const seconds = numberAt(answer, "data", "ttl");
  const renewable = (answer as { data?: { renewable?: unknown } }).data?.renewable === true;
  return { token: given, lasts: null, renewAfter: renewable && seconds > 0 ? seconds * 500 : null };
};

/** Half the life of a token that was just renewed, in milliseconds; null: it was not. */
export const renewedFor = (answer: unknown): number | null => numberAt(answer, "auth", "lease_duration") * 500 || null;

/** A token for a while; before it ends the next one is taken. */
const sessionOf = (answer: unknown): Session => {
  const made = (answer as { auth?: { client_token?: unknown } | null } | null)?.auth?.client_token;
  if (typeof made !== "string")
    throw new KeyrollError("provider_denied", "The login gave no token.", { changed: false });
  const seconds = numberAt(answer, "auth", "lease_duration");
  return { token: made, lasts: seconds > 0 ? seconds * 900 : null, renewAfter: null };
};

/** A role's id and secret id. */
const approle: Login = async (parts) => {
  const body = { role_id: variable(parts, "VAULT_ROLE_ID"), secret_id: variable(parts, "VAULT_SECRET_ID") };
  return sessionOf(await parts.login(`auth/${parts.mount ?? "approle"}/login`, body));
};

/** Somebody else's token and a role that admits it. The file is read anew each time: what keeps it new replaces it. */
const withToken = async (parts: LoginParts, mount: string, file: string): Promise<Session> => {
  const jwt = await tokenIn(file);
  const body = { jwt, ...(parts.role === undefined ? {} : { role: parts.role }) };
  return sessionOf(await parts.login(`auth/${parts.mount ?? mount}/login`, body, { jwt, file }));
};

/** Where Kubernetes puts the token of a pod's service account. */
const ofThePod = "/var/run/secrets/kubernetes.io/serviceaccount/token";

const kubernetes: Login = async (parts) =>
  await withToken(parts, "kubernetes", parts.variables.get("KEYROLL_VAULT_KUBERNETES_TOKEN_FILE") ?? ofThePod);

const jwt: Login = async (parts) => await withToken(parts, "jwt", variable(parts, "KEYROLL_VAULT_JWT_FILE"));

/** Every way to sign in: a name in the settings, and what it does. */
export const logins = { token, approle, kubernetes, jwt } as const satisfies Record<string, Login>;
