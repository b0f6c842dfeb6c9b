import { KeyrollError } from "@keyroll/contract/errors";
import type { Clock } from "../../ports/clock.ts";
import { openHttp } from "../egress/http.ts";
import { reasonOf } from "../stores/vault/errors.ts";

/** A token, and for how many seconds it serves. */
export interface Grant {
  readonly token: string;
  readonly seconds: number;
}

/** A token is replaced this much before its end. Milliseconds. */
const margin = 300_000;

/** Gives the token of `grant`, and takes a new one in time, or when `fresh` says that the known one was refused. */
export const createBearer = (clock: Clock, grant: () => Promise<Grant>): ((fresh: boolean) => Promise<string>) => {
  let session: Promise<Grant & { readonly ends: number }> | null = null;
  const take = async () => {
    const began = clock.now();
    const made = await grant();
    // One that is short from the start serves for half its life.
    return { ...made, ends: began + Math.max(made.seconds * 500, made.seconds * 1000 - margin) };
  };
  return async (fresh) => {
    const before = session;
    const known = await before;
    if (known !== null && !fresh && clock.now() < known.ends) return known.token;
    // Of several calls that find it so, the first one asks for all.
    if (session === before) {
      const begun = take();
      session = begun;
      begun.catch(() => {
        if (session === begun) session = null;
      });
    }
    return (await (session ?? take())).token;
  };
};

export interface TokenRequest {
  /** An address from the operator's own environment or key file: the egress rules are for what people enter. */
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as a form; absent: a GET. */
  readonly form?: Readonly<Record<string, string>>;
}

/**
 * One answer of a token service (RFC 6749, or a metadata server that answers alike).
 * @throws {KeyrollError} `provider_denied`, `provider_unreachable`; nothing was changed.
 */
export const takeToken = async ({ url, headers, form }: TokenRequest): Promise<Grant> => {
  const failed = (code: "provider_denied" | "provider_unreachable", why: string, cause?: unknown): KeyrollError =>
    new KeyrollError(
      code,
      `${url.host} gives the server no token: ${why}.`,
      { next: "Check the provider's variables in the server's environment.", changed: false },
      { cause },
    );
  let status: number;
  let body: Readonly<Record<string, unknown>>;
  // Once an hour or less: no connection waits for the next one.
  const { request, dispatcher } = await openHttp({ connect: { timeout: 10_000 } });
  try {
    const answer = await request(url, {
      dispatcher,
      method: form === undefined ? "GET" : "POST",
      signal: AbortSignal.timeout(10_000),
      headers: {
        accept: "application/json",
        ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
        ...headers,
      },
      body: form === undefined ? null : new URLSearchParams(form).toString(),
    });
    status = answer.statusCode;
    body = (await answer.body.json().catch(() => ({}))) as Record<string, unknown>;
  } catch (error) {
    throw failed("provider_unreachable", `it cannot be reached (${reasonOf(error)})`, error);
  } finally {
    await dispatcher.destroy();
  }
  const { access_token: token, expires_in: seconds, error } = body;
  if (status < 300 && typeof token === "string" && token !== "") return { token, seconds: Number(seconds) || 600 };
  if (status >= 500 || status === 429) throw failed("provider_unreachable", `it answered ${status}`);
  // The code of the refusal (`invalid_grant`), never its description.
  const reason = typeof error === "string" && /^[a-z_]{1,40}$/u.test(error) ? `${status} ${error}` : `${status}`;
  throw failed("provider_denied", `it answered ${reason}`);
};

/** A variable that must be there. @throws {KeyrollError} `provider_denied` naming it. */
export const variable = (variables: ReadonlyMap<string, string>, name: string): string => {
  const found = variables.get(name);
  if (found !== undefined) return found;
  throw new KeyrollError("provider_denied", `The server has no ${name} in its environment.`, {
    next: `Start the server with ${name}.`,
    changed: false,
  });
};
