import type { RouteSpec } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import type { Context, Handler } from "hono";
import { actorOfSession, actorOfToken } from "../features/access/authenticate.ts";
import { anonymous, type Actor } from "../features/actor.ts";
import { isNul } from "../database/trouble.ts";
import type { Host } from "../features/host.ts";
import type { Call, Reply, Verb } from "../features/verb.ts";
import { readBody } from "./body.ts";
import { cookieOf, endCookie, sessionCookie } from "./cookie.ts";
import { streamJournal } from "./events.ts";
import { notOffered, type Env } from "./problem.ts";
import { encodeReply } from "./reply.ts";

const kilo = 1024;

/** One route on the wire: identity, body, the verb, the answer. */
export const bind =
  (host: Host, id: string, verb: Verb<RouteSpec>): Handler<Env> =>
  async (c) => {
    const { route } = verb;
    c.set("route", id);
    const actor = await actorOf(host, c);
    c.set("actor", actor.id);
    const limit = actor.kind === "anonymous" ? 16 * kilo : (route.bodyLimit ?? 256 * kilo);
    const call: Call = {
      actor,
      params: c.req.param(),
      query: c.req.query(),
      input: route.input === undefined ? undefined : await readBody(c.req.raw, limit),
      ifMatch: ifMatchOf(c.req.header("if-match")),
      idempotencyKey: c.req.header("idempotency-key") ?? null,
      requestId: c.get("requestId"),
      address: c.get("address"),
      signal: c.req.raw.signal,
    };
    if (route.stream === true && c.req.raw.method === "HEAD")
      return notOffered(host, c, ["GET"], "A stream has no end that HEAD could tell of: use GET.");
    if (route.stream === true) return await streamJournal(host, verb, call, c);
    const reply = await verb.run(host, call).catch((error: unknown) => {
      throw isNul(error) ? holdsNul(call) : error;
    });
    host.log.info({ requestId: call.requestId, route: id, actor: actor.id }, "done");
    return answer(host, c, route, reply);
  };

/** Where a request holds U+0000; values of secrets apart, which may, and which the database never sees. */
const nulIn = (given: unknown, path: string): string[] => {
  if (typeof given === "string") return given.includes("\0") && !path.startsWith("set.") ? [path] : [];
  if (typeof given !== "object" || given === null) return [];
  return Object.entries(given).flatMap(([name, inner]) => nulIn(inner, path === "" ? name : `${path}.${name}`));
};

const holdsNul = ({ params, query, input }: Call): KeyrollError => {
  const fields = [...nulIn(params, ""), ...nulIn(query, "query"), ...nulIn(input, "")];
  const [field] = fields;
  const named = fields.length === 0 ? "A text" : fields.map((one) => `\`${one}\``).join(", ");
  return new KeyrollError("invalid", `${named}: the character NUL (U+0000) cannot be kept.`, {
    ...(field === undefined ? {} : { field }),
    next: "Send it without that character; nothing was changed.",
    changed: false,
  });
};

/** Sent by the console with what its page asks while nobody is at it: such a request does not count as use of the session. */
const unattendedHeader = "keyroll-unattended";

/** Who asks: a token, else a session. @throws {KeyrollError} `not_signed_in` for a token that does not hold. */
export const actorOf = async (host: Host, c: Context<Env>): Promise<Actor> => {
  const authorization = c.req.header("authorization");
  if (authorization !== undefined) {
    const [, token] = /^Bearer (\S{1,300})$/u.exec(authorization) ?? [];
    if (token === undefined) throw new KeyrollError("not_signed_in", "The Authorization header is not `Bearer TOKEN`.");
    return await actorOfToken(host, token);
  }
  const cookie = cookieOf(host.publicUrl, c.req.header("cookie"));
  if (cookie === null) return anonymous;
  return await actorOfSession(host, cookie, c.req.header(unattendedHeader) === undefined);
};

const ifMatchOf = (header: string | undefined): number | null => {
  if (header === undefined) return null;
  const [, number] = /^(?:W\/)?"(\d{1,15})"$/u.exec(header.trim()) ?? [];
  if (number === undefined) {
    throw new KeyrollError("bad_request", 'If-Match is a revision in quotes, such as "41".', {
      field: "If-Match",
      changed: false,
    });
  }
  return Number(number);
};

const answer = (host: Host, c: Context<Env>, route: RouteSpec, reply: Reply): Response => {
  const { body, etag } = encodeReply(reply.result, route);
  if (reply.accepted === true)
    return c.body(body, { status: 202, headers: { "content-type": "application/json", "cache-control": "no-store" } });
  const headers = new Headers({ "content-type": "application/json", "cache-control": "no-store" });
  if (etag !== null) headers.set("etag", `"${etag}"`);
  if (reply.session === "end") headers.append("set-cookie", endCookie(host.publicUrl));
  else if (reply.session !== null)
    headers.append("set-cookie", sessionCookie(host.publicUrl, reply.session, host.clock.now()));
  return c.body(body, { status: route.status === 201 ? 201 : 200, headers: Object.fromEntries(headers) });
};
