import { KeyrollError } from "@keyroll/contract/errors";
import type { Clock } from "../../ports/clock.ts";
import type { Egress } from "../../ports/egress.ts";
import { guardedLookup } from "../egress/connect.ts";
import { openHttp } from "../egress/http.ts";
import type { Random } from "../../ports/random.ts";
import { eventOf, failure, KubeGone, parsed, unreachable, waitOf, type KubeEvent } from "./answers.ts";
import { itemwise } from "./items.ts";
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
  /** Takes each item of a list as it is read; the answer then has none. One that breaks off is told as `KubeGone`. */
  readonly each?: (item: Json) => void;
  /** A server that is too busy is not asked again: here 429 is an answer. */
  readonly once?: boolean;
}

/** How metadata alone is asked for; `List` at the end for more than one. */
const metadataType = "application/json;g=meta.k8s.io;v=v1;as=PartialObjectMetadata";

const patchTypes = {
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

/** A list as it was at one moment; a watch from `resourceVersion` on tells what happens after it. */
export interface Snapshot {
  readonly items: readonly Json[];
  readonly resourceVersion: string;
}

export interface KubeClient {
  get(path: string, sending?: Sending): Promise<Json>;
  /** Null only for 404; unreachable throws. */
  find(path: string, sending?: Sending): Promise<Json | null>;
  /** All pages. */
  list(path: string, sending?: Sending): Promise<readonly Json[]>;
  snapshot(path: string, sending?: Sending): Promise<Snapshot>;
  /** Page by page, of 500 objects or `query.limit`. @throws {KubeGone} when the first page was forgotten meanwhile. */
  pages(path: string, sending?: Sending): AsyncIterable<Snapshot>;
  /**
   * What happens to the objects of a list, until the server ends the stream, as it does every few minutes.
   * @throws {KubeGone} when that moment is too long ago; `provider_unreachable` also when nothing came for 90 s.
   */
  watch(path: string, resourceVersion: string, signal: AbortSignal, sending?: Sending): AsyncIterable<KubeEvent>;
  create(path: string, body: Json, sending?: Sending): Promise<Json>;
  put(path: string, body: Json, sending?: Sending): Promise<Json>;
  patch(path: string, body: Json, type: keyof typeof patchTypes, sending?: Sending): Promise<Json>;
  remove(path: string, sending?: Sending): Promise<void>;
  close(): Promise<void>;
}

const deadline = 15_000;
const tries = 4;
/** Milliseconds for which a server may have itself waited for; a proxy that says an hour is away. */
const longestWait = 10_000;
/** The server is asked to end a watch after this many seconds: nobody finds out whether an older one still lives. */
const watchSeconds = 280;
/** A watch brings a bookmark every minute; one that is silent for longer has died. */
const silence = 90_000;
/** Bytes of one event; an object has at most 1.5 MiB in etcd. */
const longestEvent = 8 * 1024 * 1024;

interface Answer<T> {
  readonly status: number;
  readonly wait: number | null;
  /** The result of status 2xx, null when it cannot be read. */
  readonly result: T | null;
  /** What the server says of any other status. */
  readonly said: unknown;
}

/**
 * A thin client: raw JSON, one deadline per call, repeated only where that is safe (reads, and what a busy server has not
 * begun: 429). Addresses are checked when the connection is made; redirects are not followed.
 */
export const createKubeClient = async (
  access: ClusterAccess,
  host: { readonly clock: Clock; readonly random: Random; readonly egress: Egress | null },
): Promise<KubeClient> => {
  const server = new URL(access.server);
  const { identity } = access;
  const options = {
    keepAliveTimeout: 30_000,
    connect: {
      timeout: 10_000,
      ...(access.ca === null ? {} : { ca: access.ca }),
      ...(access.tlsServerName === null ? {} : { servername: access.tlsServerName }),
      ...(identity.kind === "certificate" ? { cert: identity.cert, key: identity.key } : {}),
      ...(host.egress === null ? {} : { lookup: guardedLookup(server, host.egress) }),
    },
  };
  const { request, dispatcher: agent } = await openHttp({ ...options, connections: 16 });
  /** Each watch holds a connection for as long as it lasts: apart, so that calls need not wait for them. */
  const { dispatcher: streams } = await openHttp({ ...options, headersTimeout: deadline, bodyTimeout: silence });

  const address = (path: string): URL => new URL(server.pathname.replace(/\/$/u, "") + path, server);
  const headersOf = async (accept: string): Promise<Record<string, string>> => ({
    accept,
    "user-agent": "keyroll",
    ...(identity.kind === "token" ? { authorization: `Bearer ${await identity.token()}` } : {}),
  });
  /** Aborts the work after so many milliseconds. Nothing stays: of thousands of calls AbortSignal.timeout would, for each. */
  const within = async <T>(
    ms: number,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const [limit, done] = [new AbortController(), new AbortController()];
    const late = (): void => limit.abort(new DOMException("No answer in time.", "TimeoutError"));
    host.clock.sleep(ms, done.signal).then(late, () => undefined);
    try {
      return await work(signal === undefined ? limit.signal : AbortSignal.any([limit.signal, signal]));
    } finally {
      done.abort();
    }
  };

  /** The result of the first call that succeeds; later ones come after a pause that the server chose, or grows. */
  const retried = async <T>(
    { isRead, most = tries }: { readonly isRead: boolean; readonly most?: number },
    signal: AbortSignal | undefined,
    what: string,
    call: () => Promise<Answer<T>>,
  ): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      let wait: number | null = null;
      try {
        const answer = await call();
        if (answer.status < 300) {
          if (answer.result !== null) return answer.result;
          throw new KeyrollError("provider_unreachable", `The cluster's answer is not JSON (${what}).`);
        }
        ({ wait } = answer);
        const again = answer.status === 429 || (isRead && answer.status >= 500);
        if (!again || attempt >= most || (wait ?? 0) > longestWait) throw failure(answer.status, answer.said, what);
      } catch (error) {
        signal?.throwIfAborted();
        const told = unreachable(error, server.host, what);
        // What the cluster, or our own rules, refused stays refused.
        if (told === error || !isRead || attempt >= most || told.code !== "provider_unreachable") throw told;
      }
      await host.clock.sleep(wait ?? host.random.fraction() * 250 * 2 ** attempt, signal);
    }
  };

  const send = async (
    method: string,
    path: string,
    body: Json | null,
    type: string,
    sending: Sending,
    what: string,
  ): Promise<Json> =>
    await retried(
      { isRead: method === "GET", ...(sending.once === true ? { most: 1 } : {}) },
      sending.signal,
      what,
      async () => {
        const accept =
          sending.metadataOnly === true
            ? `${metadataType}${sending.query?.["limit"] === undefined ? "" : "List"}`
            : "application/json";
        return await within(deadline, sending.signal, async (signal) => {
          const answer = await request(address(path), {
            method,
            headers: { ...(await headersOf(accept)), ...(body === null ? {} : { "content-type": type }) },
            query: { ...sending.query },
            dispatcher: agent,
            signal,
            ...(body === null ? {} : { body: JSON.stringify(body) }),
          });
          const isList = sending.each !== undefined && answer.statusCode < 300;
          const said = isList ? await itemwise(answer.body, sending.each, what) : parsed(await answer.body.text());
          return {
            status: answer.statusCode,
            wait: waitOf(answer.headers),
            result: isJson(said) ? said : null,
            said,
          };
        });
      },
    );

  const watch = async function* (
    path: string,
    resourceVersion: string,
    signal: AbortSignal,
    sending: Sending = {},
  ): AsyncGenerator<KubeEvent, void, undefined> {
    const what = `watch ${path}`;
    const query = {
      ...sending.query,
      watch: "true",
      allowWatchBookmarks: "true",
      timeoutSeconds: String(watchSeconds),
      resourceVersion,
    };
    const body = await retried({ isRead: true }, signal, what, async () => {
      const headers = await headersOf(sending.metadataOnly === true ? metadataType : "application/json");
      const answer = await request(address(path), { method: "GET", headers, query, dispatcher: streams, signal });
      const isOpen = answer.statusCode < 300;
      return {
        status: answer.statusCode,
        wait: waitOf(answer.headers),
        result: isOpen ? answer.body : null,
        said: isOpen ? null : parsed(await answer.body.text()),
      };
    });
    body.setEncoding("utf8");
    let rest = "";
    try {
      for await (const part of body) {
        const lines = `${rest}${part}`.split("\n");
        rest = lines.pop() ?? "";
        if (rest.length > longestEvent)
          throw new KeyrollError("provider_unreachable", `The cluster sent an event without an end (${what}).`);
        for (const line of lines) if (line !== "") yield eventOf(line, what);
      }
    } catch (error) {
      signal.throwIfAborted();
      throw unreachable(error, server.host, what);
    }
  };

  const get = async (path: string, sending: Sending = {}): Promise<Json> =>
    await send("GET", path, null, "", sending, `GET ${path}`);

  const pages = async function* (path: string, sending: Sending = {}): AsyncGenerator<Snapshot, void, undefined> {
    let next = "";
    do {
      const query = { limit: "500", ...sending.query, ...(next === "" ? {} : { continue: next }) };
      const page = await get(path, { ...sending, query });
      next = text(page, "metadata", "continue") ?? "";
      yield {
        items: list(page, "items").filter(isJson),
        resourceVersion: text(page, "metadata", "resourceVersion") ?? "",
      };
    } while (next !== "");
  };
  const whole = async (path: string, sending: Sending): Promise<Snapshot> => {
    const all = await Array.fromAsync(pages(path, sending));
    return { items: all.flatMap(({ items }) => items), resourceVersion: all.at(-1)?.resourceVersion ?? "" };
  };
  const snapshot = async (path: string, sending: Sending = {}): Promise<Snapshot> => {
    try {
      return await whole(path, sending);
    } catch (error) {
      // The first page was forgotten before the last one was asked for.
      if (error instanceof KubeGone) return await whole(path, sending);
      throw error;
    }
  };
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
    list: async (path, sending = {}) => (await snapshot(path, sending)).items,
    snapshot,
    pages,
    watch,
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
    close: async () => {
      await Promise.all([agent.close(), streams.destroy()]);
    },
  };
};
