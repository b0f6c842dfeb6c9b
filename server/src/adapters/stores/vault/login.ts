import { KeyrollError } from "@keyroll/contract/errors";

/** A token, and how long it serves. */
export interface Session {
  readonly token: string;
  /** Milliseconds from its making until a new one is needed; null: as long as it is accepted. */
  readonly lasts: number | null;
  /** Half the life of a token that was given: renewed when it is used after that. Null: nothing to renew. */
  readonly renewAfter: number | null;
}

/** What a login may use. */
export interface LoginParts {
  readonly variables: ReadonlyMap<string, string>;
  /** Where the auth method is mounted, when not at its own name. */
  readonly mount: string | undefined;
  /** One call of the API; `token` only where the call needs one. @throws {KeyrollError} for every refusal. */
  call(method: "GET" | "POST", path: string, body: object | null, token: string | null): Promise<unknown>;
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
  const answer = await parts.call("GET", "auth/token/lookup-self", null, given);
  const seconds = numberAt(answer, "data", "ttl");
  const renewable = (answer as { data?: { renewable?: unknown } }).data?.renewable === true;
  return { token: given, lasts: null, renewAfter: renewable && seconds > 0 ? seconds * 500 : null };
};

/** A role's id and secret id give a token for a while; before it ends the next one is taken. */
const approle: Login = async (parts) => {
  const body = { role_id: variable(parts, "VAULT_ROLE_ID"), secret_id: variable(parts, "VAULT_SECRET_ID") };
  const answer = await parts.call("POST", `auth/${parts.mount ?? "approle"}/login`, body, null);
  const made = (answer as { auth?: { client_token?: unknown } }).auth?.client_token;
  if (typeof made !== "string")
    throw new KeyrollError("provider_denied", "The AppRole login gave no token.", { changed: false });
  const seconds = numberAt(answer, "auth", "lease_duration");
  return { token: made, lasts: seconds > 0 ? seconds * 900 : null, renewAfter: null };
};

/** Every way to sign in: a name in the settings, and what it does. */
export const logins = { token, approle } as const satisfies Record<string, Login>;
