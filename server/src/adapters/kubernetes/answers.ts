import { KeyrollError, type ErrorCode } from "@keyroll/contract/errors";
import { retryAfter } from "../egress/retry-after.ts";
import { at, isJson, list, number, text, type Json } from "./json.ts";

/** HTTP 409 of the API server: somebody was faster, or it exists already. */
export class KubeConflict extends KeyrollError {
  /** Of a server-side apply: which fields belong to somebody else, and to whom, in the server's words. */
  readonly causes: readonly { readonly message: string; readonly field: string }[];
  constructor(message: string, causes: KubeConflict["causes"] = []) {
    super("in_use", message);
    this.causes = causes;
  }
}

/** HTTP 410, or the same as an event of a watch: what was asked to go on from is forgotten; list anew. */
export class KubeGone extends KeyrollError {
  constructor(message: string) {
    super("provider_unreachable", message);
  }
}

const codes: ReadonlyMap<number, ErrorCode> = new Map([
  [400, "invalid"],
  [401, "provider_denied"],
  [403, "provider_denied"],
  [404, "not_found"],
  [422, "invalid"],
  [429, "provider_throttled"],
]);

/** The server's message, without what it may echo of a body. */
const scrubbed = (message: string): string =>
  message
    .replaceAll(/(data|stringData)[^\s]*/gu, "data")
    .replaceAll(/[A-Za-z0-9+/]{24,}={0,2}/gu, "…")
    .slice(0, 500);

const causesOf = (body: unknown): KubeConflict["causes"] =>
  list(body, "details", "causes").map((cause) => ({
    message: scrubbed(text(cause, "message") ?? ""),
    field: text(cause, "field") ?? "",
  }));

/**
 * Whether a cluster says that it answers, and an admission webhook of it does not: in words that a cluster which is away would use
 * too.
 */
export const isWebhookAway = (said: string): boolean => said.includes("failed calling webhook");

/** That nothing is changed in the cluster for as long as its webhook is away. */
export const webhookAway = (said: string): KeyrollError =>
  new KeyrollError("provider_denied", said, {
    next: "An admission webhook of the cluster does not answer: see whether its pods run, and try again.",
  });

/** What an answer other than 2xx is told as. */
export const failure = (status: number, body: unknown, what: string): KeyrollError => {
  const message = text(body, "message");
  const said = message === null ? `answered ${status}` : `answered ${status}: ${scrubbed(message)}`;
  if (status === 409) return new KubeConflict(`The cluster ${said} (${what}).`, causesOf(body));
  if (status === 410) return new KubeGone(`The cluster ${said} (${what}).`);
  if (isWebhookAway(said)) return webhookAway(`The cluster ${said} (${what}).`);
  return new KeyrollError(codes.get(status) ?? "provider_unreachable", `The cluster ${said} (${what}).`);
};

/** Milliseconds that the server wants to be left alone for; null: it does not say. */
export const waitOf = (headers: Readonly<Record<string, unknown>>): number | null => {
  const { date, "retry-after": after } = headers;
  // Its own time, which it sends with every answer.
  const now = typeof date === "string" ? Date.parse(date) : Number.NaN;
  const seconds = typeof after === "string" ? retryAfter(after, now) : 0;
  return seconds > 0 ? seconds * 1000 : null;
};

export interface KubeEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: Json;
}

/** One line of a watch. @throws what an event of type ERROR says. */
export const eventOf = (line: string, what: string): KubeEvent => {
  const event = parsed(line);
  const type = text(event, "type");
  const object = at(event, "object");
  if (isJson(object)) {
    if (type === "ERROR") throw failure(number(object, "code") ?? 500, object, what);
    if (type === "ADDED" || type === "MODIFIED" || type === "DELETED" || type === "BOOKMARK") return { type, object };
  }
  throw new KeyrollError("provider_unreachable", `The cluster sent an event that Keyroll cannot read (${what}).`);
};

/** Null: it is not JSON. */
export const parsed = (raw: string): unknown => {
  try {
    return JSON.parse(raw);
  } catch {
    return null;
  }
};

/** What a call that got no answer, or none to the end, is told as. */
export const unreachable = (error: unknown, server: string, what: string): KeyrollError => {
  if (error instanceof KeyrollError) return error;
  if (error instanceof Error && error.cause instanceof KeyrollError) return error.cause;
  const code =
    error instanceof Error && "code" in error && typeof error.code === "string"
      ? error.code
      : error instanceof Error
        ? error.name
        : "unknown";
  return new KeyrollError(
    "provider_unreachable",
    `The cluster at ${server} cannot be reached (${code}; ${what}).`,
    {},
    { cause: error },
  );
};
