import { KeyrollError } from "@keyroll/contract/errors";
import type { MiddlewareHandler } from "hono";
import type { Host } from "../features/host.ts";
import type { Env } from "./problem.ts";
import { problem } from "./problem.ts";

const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  // Text can become script at no place of the page, not even through a library: there is no policy that would let it.
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * What every request passes: a request id; only our own host names (DNS rebinding: a foreign name that
 * resolves to us is refused); no writing from other sites (Fetch metadata and Origin); headers of the answer.
 */
export const guard = (host: Host): MiddlewareHandler<Env> => {
  const ours = new URL(host.publicUrl);
  return async (c, next) => {
    c.set("requestId", host.random.id());
    const asked = hostOf(c.req.header("host"));
    const served =
      asked !== null &&
      (asked === ours.hostname || loopback.has(asked) || c.req.path === "/healthz" || c.req.path === "/readyz");
    if (!served) return problem(host, c, new KeyrollError("unknown_host", "This host name is not served here."));
    if (
      isForeignWrite(c.req.method, c.req.header("sec-fetch-site"), c.req.header("origin"), c.req.header("host") ?? "")
    ) {
      return problem(host, c, new KeyrollError("cross_site", "A write from another site was refused."));
    }
    await next();
    const { headers } = c.res;
    headers.set("x-content-type-options", "nosniff");
    headers.set("referrer-policy", "no-referrer");
    headers.set("cross-origin-opener-policy", "same-origin");
    headers.set("cross-origin-resource-policy", "same-origin");
    headers.set("x-request-id", c.get("requestId"));
    if (!headers.has("content-security-policy")) headers.set("content-security-policy", contentPolicy);
    if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
    if (ours.protocol === "https:") headers.set("strict-transport-security", "max-age=31536000");
    return undefined;
  };
};

const hostOf = (header: string | undefined): string | null => {
  if (header === undefined || !URL.canParse(`http://${header}`)) return null;
  return new URL(`http://${header}`).hostname;
};

/** Browsers send both headers; tools send neither, and carry a token that no browser adds by itself. */
const isForeignWrite = (
  method: string,
  site: string | undefined,
  origin: string | undefined,
  host: string,
): boolean => {
  if (method === "GET" || method === "HEAD" || method === "OPTIONS") return false;
  if (site !== undefined && site !== "same-origin" && site !== "none") return true;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
};
