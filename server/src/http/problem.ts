import { KeyrollError } from "@keyroll/contract/errors";
import type { Context } from "hono";
import type { HttpBindings } from "@hono/node-server";
import { troubleOf } from "../database/trouble.ts";
import type { Host } from "../features/host.ts";

export interface Env {
  Bindings: HttpBindings;
  /** `address`: of the caller. `route`, `actor`: the route's name and who asked, where that was found out. */
  Variables: { requestId: string; address: string | null; route?: string; actor?: string | null };
}

export const requestIdOf = (c: Context<Env>): string => c.get("requestId");

/** Not signed in, not allowed, too often: whoever runs the server sees who tries. */
const refusals = new Set([401, 403, 429]);

/**
 * RFC 9457. What is not a KeyrollError is logged by name and place and answered as `internal`:
 * a driver's message may quote what it was given, so it goes nowhere.
 */
export const problem = (host: Pick<Host, "log">, c: Context<Env>, thrown: unknown): Response => {
  const requestId = requestIdOf(c);
  const isReading = c.req.method === "GET" || c.req.method === "HEAD";
  const error =
    thrown instanceof KeyrollError
      ? thrown
      : (troubleOf(thrown, isReading) ??
        // It may have gone wrong after a change was made: nobody knows here.
        new KeyrollError("internal", "Something went wrong inside Keyroll.", isReading ? { changed: false } : {}));
  if (error !== thrown) {
    const where =
      thrown instanceof Error
        ? (thrown.stack ?? "")
            .split("\n")
            .filter((line) => /^\s+at /u.test(line))
            .slice(0, 6)
        : [];
    host.log.error(
      { requestId, error: thrown instanceof Error ? thrown.name : typeof thrown, where },
      "unexpected error",
    );
  }
  if (refusals.has(error.status)) {
    const from = c.get("address");
    const [route, actor] = [c.get("route") ?? null, c.get("actor") ?? null];
    host.log.warn({ requestId, route, actor, from, code: error.code }, "refused");
  }
  const { retryAfter } = error.facts;
  const headers: Record<string, string> = { "content-type": "application/problem+json", "cache-control": "no-store" };
  if (retryAfter !== undefined) headers["retry-after"] = String(Math.ceil(retryAfter));
  // The rest of a body that was not read would be taken for the next request: the connection ends with this answer.
  const isUnread = c.req.raw.body !== null && !c.req.raw.bodyUsed;
  if (isUnread || error.code === "body_too_large") headers["connection"] = "close";
  const body = { ...error.toProblem(), requestId };
  return new Response(JSON.stringify(body), { status: error.status, headers });
};

/** 405, with the methods that are offered there. `why`: a sentence. */
export const notOffered = (
  host: Pick<Host, "log">,
  c: Context<Env>,
  offered: readonly string[],
  why: string,
): Response => {
  const answer = problem(host, c, new KeyrollError("method_not_allowed", why, { changed: false }));
  answer.headers.set("allow", offered.join(", "));
  return answer;
};
