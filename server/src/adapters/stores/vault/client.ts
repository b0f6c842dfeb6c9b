import { Buffer } from "node:buffer";
import { lazyHttp } from "../../egress/http.ts";
import { retryAfter } from "../../egress/retry-after.ts";
import { KeyrollError } from "@keyroll/contract/errors";
import type { StoreHost } from "../../../ports/secret-store.ts";
import { guardedLookup } from "../../egress/connect.ts";
import { isBeforeSending, reasonOf, refusal, unreachable } from "./errors.ts";
import { loginRefused, tokenRefused } from "./login-refusal.ts";
import { logins, renewedFor, type Session } from "./login.ts";
import type { VaultSettings } from "./settings.ts";

export interface Answer {
  /** 200 to 299, 400 or 404, and 403 of a login: the others throw. */
  readonly status: number;
  readonly body: unknown;
}

export interface VaultClient {
  /**
   * One call below `/v1/`. Reads are repeated for a short time; writes are sent once.
   * @throws {KeyrollError} `provider_denied` with path and right, `provider_throttled`, `limit_exceeded`,
   * `provider_unreachable`; `indeterminate` for a write that may have arrived.
   */
  ask(method: "GET" | "POST" | "DELETE", path: string, body?: object): Promise<Answer>;
  /** Signs in, unless that is done. @throws {KeyrollError} as `ask` does. */
  signIn(): Promise<Session>;
}

/** One call, in milliseconds. */
const deadline = 15_000;
const tries = 3;
/** When a renewal that failed is tried again: a part of half the token's life. */
const renewAgain = 0.1;
/** What a token may ask about itself. */
const ownToken = "auth/token/lookup-self";

/** Bytes of one answer; a document of the largest size with a margin for its escapes. */
const answerBytes = 8_388_608;

const textOf = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > answerBytes)
      throw new KeyrollError("provider_unreachable", `The answer of Vault has more than ${answerBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
};

type Host = Pick<StoreHost, "clock" | "random" | "egress" | "variables">;

/** The operator's credentials are for one address: whoever may make a connection cannot have them sent elsewhere. */
const refuseOtherAddress = (address: URL, variables: ReadonlyMap<string, string>): void => {
  const meant = variables.get("VAULT_ADDR");
  if (meant !== undefined && URL.canParse(meant) && new URL(meant).origin === address.origin) return;
  throw new KeyrollError(
    "provider_denied",
    meant === undefined
      ? "The server has no VAULT_ADDR in its environment, so its credentials are for no address."
      : `The server's VAULT_ADDR is another address than ${address.origin}: its credentials are not sent there.`,
    {
      field: "store.settings.address",
      next: "Set VAULT_ADDR of the server to the address of the store.",
      changed: false,
    },
  );
};

const createClient = (settings: VaultSettings, host: Host): VaultClient => {
  const base = new URL(settings.address);
  refuseOtherAddress(base, host.variables);
  const connect = {
    timeout: 10_000,
    lookup: guardedLookup(base, host.egress),
    ...(settings.ca === undefined ? {} : { ca: settings.ca }),
  };
  const open = lazyHttp(connect);
  let session: Promise<Session & { readonly since: number }> | null = null;

  const once = async (method: string, path: string, body: object | null, token: string | null) => {
    const { request, dispatcher } = await open();
    const answer = await request(new URL(`${base.pathname.replace(/\/$/u, "")}/v1/${path}`, base), {
      method: method as "GET",
      dispatcher,
      signal: AbortSignal.timeout(deadline),
      headers: {
        accept: "application/json",
        "user-agent": "keyroll",
        "x-vault-request": "true",
        ...(settings.namespace === undefined ? {} : { "x-vault-namespace": settings.namespace }),
        ...(token === null ? {} : { "x-vault-token": token }),
        ...(body === null ? {} : { "content-type": "application/json" }),
      },
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    });
    const text = await textOf(answer.body);
    let parsed: unknown = null;
    try {
      parsed = text === "" ? null : JSON.parse(text);
    } catch {
      // Not Vault that answered, but something before it: the status says enough.
    }
    const { "retry-after": after, date } = answer.headers;
    const now = Date.parse(String(date)) || host.clock.now();
    return { status: answer.statusCode, body: parsed, after: retryAfter(after, now) };
  };

  const send = async (method: string, path: string, body: object | null, token: string | null): Promise<Answer> => {
    const what = `${method} ${path}`;
    for (let attempt = 1; ; attempt++) {
      const isLast = method !== "GET" || attempt >= tries;
      let wait = host.random.fraction() * 100 * 2 ** attempt;
      try {
        const answer = await once(method, path, body, token);
        // Whoever is not signed in yet is told more than that a right is missing.
        const isLogin = (token === null || path === ownToken) && (answer.status === 403 || answer.status === 404);
        const refused = isLogin ? null : refusal(base, method, path, answer);
        if (refused === null) return answer;
        if (isLast || !["provider_throttled", "provider_unreachable"].includes(refused.code)) throw refused;
        if (answer.after > 0) wait = Math.min(answer.after * 1000, 5000);
      } catch (error) {
        if (error instanceof KeyrollError) throw error;
        // The egress rules said no while connecting.
        if (error instanceof Error && error.cause instanceof KeyrollError) throw error.cause;
        if (isLast && (method === "GET" || isBeforeSending(error)))
          throw unreachable(`cannot be reached (${reasonOf(error)})`, base, what, error);
        if (isLast)
          throw new KeyrollError(
            "indeterminate",
            `The connection to ${base.host} broke (${reasonOf(error)}): ${what} may have arrived.`,
            {},
            { cause: error },
          );
      }
      await host.clock.sleep(wait);
    }
  };

  const login = async (): Promise<Session & { readonly since: number }> => {
    const since = host.clock.now();
    const made = await logins[settings.auth]({
      variables: host.variables,
      mount: settings.authMount,
      role: settings.role,
      look: async (token) => {
        const answer = await send("GET", ownToken, null, token);
        if (answer.status < 300) return answer.body;
        throw tokenRefused(base.host, ownToken, answer.status);
      },
      login: async (path, body, proof) => {
        const answer = await send("POST", path, body, null);
        if (answer.status < 300) return answer.body;
        throw loginRefused(base.host, path, answer, { role: settings.role, proof, now: host.clock.now() });
      },
    });
    return { ...made, since };
  };

  const renew = async (known: Session & { readonly since: number }): Promise<typeof known> => {
    const answer = await send("POST", "auth/token/renew-self", {}, known.token).catch(() => null);
    const renewAfter = answer === null ? null : renewedFor(answer.body);
    if (renewAfter !== null) return { ...known, renewAfter, since: host.clock.now() };
    // Not just now: it still serves for as long again, and is renewed well before that is over.
    return { ...known, since: host.clock.now() - (known.renewAfter ?? 0) * (1 - renewAgain) };
  };

  const signIn = async (): Promise<Session & { readonly since: number }> => {
    const before = session;
    const known = await before;
    const age = known === null ? 0 : host.clock.now() - known.since;
    const isOver = known === null || (known.lasts !== null && age > known.lasts);
    if (!isOver && (known.renewAfter === null || age <= known.renewAfter)) return known;
    // Of several calls that find it so, the first one signs in for all.
    if (session !== before && session !== null) return await session;
    const begun = isOver ? login() : renew(known);
    session = begun;
    begun.catch(() => {
      if (session === begun) session = null;
    });
    return await begun;
  };

  return {
    signIn,
    ask: async (method, path, body) => {
      for (let fresh = false; ; fresh = true) {
        const signedIn = await signIn();
        try {
          return await send(method, path, body ?? null, signedIn.token);
        } catch (error) {
          const isRefused = error instanceof KeyrollError && error.code === "provider_denied";
          // A token may have been revoked or be over since it was taken: signing in again puts it right, or says so.
          if (!isRefused || fresh) throw error;
          session = null;
        }
      }
    },
  };
};

/** Connections and sessions outlive the stores, which are opened anew for every request. */
const clients = new WeakMap<ReadonlyMap<string, string>, Map<string, VaultClient>>();

/** The client of these settings; the variables belong to one server process. @throws {KeyrollError} `provider_denied`. */
export const clientOf = (settings: VaultSettings, host: Host): VaultClient => {
  const known = clients.get(host.variables) ?? new Map<string, VaultClient>();
  clients.set(host.variables, known);
  const { address, namespace, auth, authMount, role, ca } = settings;
  const name = JSON.stringify([address, namespace, auth, authMount, role, ca]);
  const client = known.get(name) ?? createClient(settings, host);
  known.set(name, client);
  return client;
};
