import { KeyrollError, type ErrorFacts } from "@keyroll/contract/errors";

/** The rights of a policy, by what a call does. */
const rights: Readonly<Record<string, string>> = { GET: "read", POST: "create and update", DELETE: "delete" };

export const errorsOf = (body: unknown): readonly string[] => {
  const errors = (body as { errors?: unknown } | null)?.errors;
  return Array.isArray(errors) ? errors.map(String) : [];
};

/** The server's words, for calls that carry no value: what it is sent it may repeat. */
const said = (method: string, body: unknown): string => {
  const [first] = method === "GET" ? errorsOf(body) : [];
  return first === undefined ? "" : `: ${first.replaceAll(/\s+/gu, " ").slice(0, 200)}`;
};

export const unreachable = (why: string, base: URL, what: string, cause?: unknown): KeyrollError =>
  new KeyrollError("provider_unreachable", `${base.host} ${why}: ${what}.`, {}, { cause });

/** Too large for the request (413), or for one entry of the storage behind it (500 with these words). */
const isTooLarge = (status: number, body: unknown): boolean =>
  status === 413 || (status === 500 && errorsOf(body).some((text) => text.includes("too large")));

/** What an answer means when it is no answer to the question; null: it is one. */
export const refusal = (
  base: URL,
  method: string,
  path: string,
  { status, body, after }: { readonly status: number; readonly body: unknown; readonly after: number },
): KeyrollError | null => {
  const what = `${method} ${path}`;
  const no = (code: "provider_denied" | "invalid" | "limit_exceeded", message: string, facts: ErrorFacts = {}) =>
    new KeyrollError(code, message, { changed: false, ...facts });
  if (status < 300 || status === 400) return null;
  if (status === 404) {
    const isMissingMount = errorsOf(body).length > 0;
    if (!isMissingMount) return null;
    return no("invalid", `${base.host} has nothing mounted at \`${path.split("/")[0]}\` (${what}).`, {
      field: "store.settings.mount",
    });
  }
  if (isTooLarge(status, body))
    return no("limit_exceeded", `${base.host} does not take that much in one document (${status}, ${what}).`, {
      next: "Make the values smaller, or raise max_entry_size and max_request_size there; nothing was changed.",
    });
  if (status === 403)
    return no("provider_denied", `${base.host} refuses \`${rights[method] ?? method}\` on \`${path}\`.`, {
      next: `Give the policy of Keyroll's token \`${rights[method] ?? method}\` on \`${path}\`.`,
    });
  if (status === 429)
    return new KeyrollError("provider_throttled", `${base.host} is throttling (${what}).`, {
      changed: false,
      ...(after > 0 ? { retryAfter: after } : {}),
    });
  if (status < 400)
    return unreachable("is a standby that redirects; give the address of the active server", base, what);
  if (status < 500) return no("provider_denied", `${base.host} answered ${status}${said(method, body)} (${what}).`);
  // Sealed answers 503; so does a proxy that reaches nobody, with other words.
  if (status === 503 && (method === "GET" || errorsOf(body).some((text) => text.includes("sealed"))))
    return unreachable("is sealed, or has no leader", base, what);
  if (method === "GET") return unreachable(`answered ${status}`, base, what);
  return new KeyrollError("indeterminate", `${base.host} answered ${status}: ${what} may have been done.`);
};

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/** A word for what broke; never its message, which may quote what was sent. */
export const reasonOf = (error: unknown): string => codeOf(error) || (error instanceof Error ? error.name : "unknown");

/** Errors of resolving and connecting: nothing was sent. */
export const isBeforeSending = (error: unknown): boolean =>
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_\w+|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+)$/u.test(
    codeOf(error),
  );
