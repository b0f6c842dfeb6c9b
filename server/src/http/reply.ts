import { Buffer } from "node:buffer";
import type { RouteSpec } from "@keyroll/contract";
import { Secret } from "../ports/secret.ts";

const fieldOf = (result: unknown, name: string): unknown =>
  typeof result === "object" && result !== null ? Reflect.get(result, name) : undefined;

/**
 * The answer's text. Values are opened only here and only for routes that say `reveals`; everywhere else
 * a `Secret` that slipped in prints as `[secret]`.
 */
export const encodeReply = (result: unknown, route: RouteSpec): { body: string; etag: number | null } => {
  const shown = route.reveals === true ? opened(result) : result;
  const tag = route.etag === undefined ? undefined : fieldOf(result, route.etag);
  return { body: JSON.stringify(shown), etag: typeof tag === "number" ? tag : null };
};

const opened = (value: unknown): unknown => {
  if (value instanceof Secret) {
    const bytes = Buffer.from(value.expose());
    return value.binary ? { base64: bytes.toString("base64") } : bytes.toString("utf8");
  }
  if (Array.isArray(value)) return value.map(opened);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [String(key), opened(inner)]));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, opened(inner)]));
  return value;
};
