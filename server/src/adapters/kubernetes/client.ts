import { KeyrollError, type ErrorCode } from "@keyroll/contract/errors";
import type { Clock } from "../../ports/clock.ts";
import type { Egress } from "../../ports/egress.ts";
import { guardedLookup } from "../egress/connect.ts";
import type { Random } from "../../ports/random.ts";
import { isJson, list, text, type Json } from "./json.ts";

/** How a cluster is reached. */
export interface ClusterAccess {
  readonly server: string;
  /** PEM; null: the system's. */
  readonly ca: string | null;
  readonly identity:
    | { readonly kind: "token"; readonly token: () => Promise<string> }
    | { readonly kind: "certificate"; readonly cert: string; readonly key: string };
  readonly tlsServerName: string | null;
}

export interface Sending {
  readonly query?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Objects come without their content: of a Secret, no value leaves the cluster. */
  readonly metadataOnly?: boolean;
}

/** How metadata alone is asked for; `List` at the end for more than one. */
const metadataType = "application/json;g=meta.k8s.io;v=v1;as=PartialObjectMetadata";

const patchTypes = {
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

export interface KubeClient {
  get(path: string, sending?: Sending): Promise<Json>;
  /** Null only for 404; unreachable throws. */
  find(path: string, sending?: Sending): Promise<Json | null>;
  /** All pages. */
  list(path: string, sending?: Sending): Promise<readonly Json[]>;
  create(path: string, body: Json, sending?: Sending): Promise<Json>;
  put(path: string, body: Json, sending?: Sending): Promise<Json>;
  patch(path: string, body: Json, type: keyof typeof patchTypes, sending?: Sending): Promise<Json>;
  remove(path: string, sending?: Sending): Promise<void>;
  close(): Promise<void>;
}

/** HTTP 409 of the API server: somebody was faster, or it exists already. */
export class KubeConflict extends KeyrollError {
  constructor(message: string) {
    super("in_use", message);
  }
}

const deadline = 15_000;
const tries = 4;

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

const failure = (status: number, body: unknown, what: string): KeyrollError => {
  const message = text(body, "message");
  const said = message === null ? `answered ${status}` : `answered ${status}: ${scrubbed(message)}`;
  if (status === 409) return new KubeConflict(`The cluster ${said} (${what}).`);
  return new KeyrollError(codes.get(status) ?? "provider_unreachable", `The cluster ${said} (${what}).`);
};

/**
 * A thin client: raw JSON, one deadline per call, repeated only where that is safe (reads). Addresses are checked
 * when the connection is made; redirects are not followed.
 */
export const createKubeClient = async (
  access: ClusterAccess,
  host: { readonly clock: Clock; readonly random: Random; readonly egress: Egress | null },
): Promise<KubeClient> => {
  // Loaded by the first cluster: a server without one does without its 13 MB.
  const { Agent, request } = await import("undici");
  const server = new URL(access.server);
  const { identity } = access;
  const agent = new Agent({
    connections: 16,
    keepAliveTimeout: 30_000,
    connect: {
      timeout: 10_000,
      ...(access.ca === null ? {} : { ca: access.ca }),
      ...(access.tlsServerName === null ? {} : { servername: access.tlsServerName }),
      ...(identity.kind === "certificate" ? { cert: identity.cert, key: identity.key } : {}),
      ...(host.egress === null ? {} : { lookup: guardedLookup(server, host.egress) }),
    },
  });

  const once = async (
    method: string,
    path: string,
    body: Json | null,
    type: string,
    sending: Sending,
  ): Promise<{ status: number; body: unknown; wait: number | null }> => {
    const accept =
      sending.metadataOnly === true
        ? `${metadataType}${sending.query?.["limit"] === undefined ? "" : "List"}`
        : "application/json";
    const headers: Record<string, string> = { accept, "user-agent": "keyroll" };
    if (identity.kind === "token") headers["authorization"] = `Bearer ${await identity.token()}`;
    if (body !== null) headers["content-type"] = type;
    const limit = AbortSignal.timeout(deadline);
    const answer = await request(new URL(server.pathname.replace(/\/$/u, "") + path, server), {
      method,
      headers,
      query: { ...sending.query },
      dispatcher: agent,
      signal: sending.signal === undefined ? limit : AbortSignal.any([limit, sending.signal]),
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    });
    const raw = await answer.body.text();
    const after = Number(answer.headers["retry-after"]);
    let parsed: unknown = null;
    try {
      parsed = JSON.parse(raw);
    } catch {
      parsed = null;
    }
    return { status: answer.statusCode, body: parsed, wait: Number.isFinite(after) ? after * 1000 : null };
  };

  const send = async (
    method: string,
    path: string,
    body: Json | null,
    type: string,
    sending: Sending,
    what: string,
  ): Promise<Json> => {
    const most = method === "GET" ? tries : 1;
    for (let attempt = 1; ; attempt++) {
      let wait: number | null = null;
      try {
        const answer = await once(method, path, body, type, sending);
        if (answer.status < 300) {
          if (isJson(answer.body)) return answer.body;
          throw new KeyrollError("provider_unreachable", `The cluster's answer is not JSON (${what}).`);
        }
        const again = answer.status === 429 || answer.status >= 500;
        if (!again || attempt >= most) throw failure(answer.status, answer.body, what);
        ({ wait } = answer);
      } catch (error) {
        sending.signal?.throwIfAborted();
        if (error instanceof KeyrollError) throw error;
        if (error instanceof Error && error.cause instanceof KeyrollError) throw error.cause;
        if (attempt >= most) {
          const code =
            error instanceof Error && "code" in error && typeof error.code === "string"
              ? error.code
              : error instanceof Error
                ? error.name
                : "unknown";
          throw new KeyrollError(
            "provider_unreachable",
            `The cluster at ${server.host} cannot be reached (${code}; ${what}).`,
            {},
            { cause: error },
          );
        }
      }
      await host.clock.sleep(wait ?? host.random.fraction() * 250 * 2 ** attempt, sending.signal);
    }
  };

  const get = async (path: string, sending: Sending = {}): Promise<Json> =>
    await send("GET", path, null, "", sending, `GET ${path}`);
  return {
    get,
    find: async (path, sending = {}) => {
      try {
        return await get(path, sending);
      } catch (error) {
        if (error instanceof KeyrollError && error.code === "not_found") return null;
        throw error;
      }
    },
    list: async (path, sending = {}) => {
      const items: Json[] = [];
      let next = "";
      do {
        const page = await get(path, {
          ...sending,
          query: { ...sending.query, limit: "500", ...(next === "" ? {} : { continue: next }) },
        });
        items.push(...list(page, "items").filter(isJson));
        next = text(page, "metadata", "continue") ?? "";
      } while (next !== "");
      return items;
    },
    create: async (path, body, sending = {}) =>
      await send("POST", path, body, "application/json", sending, `POST ${path}`),
    put: async (path, body, sending = {}) => await send("PUT", path, body, "application/json", sending, `PUT ${path}`),
    patch: async (path, body, type, sending = {}) =>
      await send("PATCH", path, body, patchTypes[type], sending, `PATCH ${path}`),
    remove: async (path, sending = {}) => {
      try {
        await send("DELETE", path, null, "", sending, `DELETE ${path}`);
      } catch (error) {
        if (!(error instanceof KeyrollError && error.code === "not_found")) throw error;
      }
    },
    close: async () => await agent.close(),
  };
};
