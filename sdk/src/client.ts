import type { BodyOf, ParamsOf, ReplyOf, Routes, SearchOf } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { paths } from "@keyroll/contract/paths";
import { readOperation, resultOf } from "./operation.ts";
import { pause } from "./pause.ts";
import { readProblem } from "./problem.ts";

type Id = keyof Routes;
type Empty = Readonly<Record<string, never>>;

type Params<I extends Id> =
  unknown extends ParamsOf<Routes[I]["path"]>
    ? { readonly params?: Empty }
    : { readonly params: ParamsOf<Routes[I]["path"]> };
type Body<I extends Id> = [BodyOf<Routes[I]>] extends [undefined]
  ? { readonly body?: undefined }
  : { readonly body: BodyOf<Routes[I]> };
type Query<I extends Id> = [SearchOf<Routes[I]>] extends [undefined]
  ? { readonly query?: undefined }
  : { readonly query?: SearchOf<Routes[I]> };

/** What a call of one route takes. `ifMatch` is the revision that the change is based on. */
export type Call<I extends Id> = Params<I> &
  Body<I> &
  Query<I> & {
    readonly ifMatch?: number;
    readonly idempotencyKey?: string;
    readonly signal?: AbortSignal;
    /** Called while the answer is a 202 and the call waits for its operation. */
    readonly onProgress?: (progress: Progress) => void;
  };

/** A request that outlived its first second. `id` names it for `operations.get` and `operations.cancel`. */
export interface Progress {
  readonly id: string;
  readonly share: number;
  /** Values that are written, of how many, and about how long the rest takes; null: not told. */
  readonly written: number | null;
  readonly of: number | null;
  readonly secondsLeft: number | null;
}

/** The routes whose answer is a page of a list. */
export type ListId = {
  [I in Id]: ReplyOf<Routes[I]> extends { readonly items: readonly unknown[]; readonly next: string | null }
    ? I
    : never;
}[Id];
type ItemOf<I extends ListId> = ReplyOf<Routes[I]> extends { readonly items: readonly (infer T)[] } ? T : never;

export interface ClientOptions {
  /** Where Keyroll is, such as `https://keyroll.example.com`; empty in a page that it served. */
  readonly url: string;
  /** A token; without one the browser's cookie speaks. */
  readonly token?: string;
  readonly fetch?: typeof fetch;
  readonly userAgent?: string;
  /** Milliseconds until an answer must have come; 150,000 when absent. */
  readonly timeout?: number;
}

export interface Client {
  readonly url: string;
  /**
   * Calls one route. An answer of 202 is followed to its end; aborting then stops the waiting, not the operation.
   *
   * @throws ApiError with the server's code and facts; KeyrollError `provider_unreachable` when no answer came
   */
  call<I extends Id>(
    id: I,
    ...call: Call<I> extends infer C ? (Partial<C> extends C ? [C?] : [C]) : never
  ): Promise<ReplyOf<Routes[I]>>;
  /** All items of a list, page by page. */
  all<I extends ListId>(id: I, call: Call<I>): AsyncGenerator<ItemOf<I>>;
  /** The answer itself, for a stream. */
  open<I extends Id>(id: I, call: Call<I>, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

interface AnyCall {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: object;
  readonly body?: unknown;
  readonly ifMatch?: number;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Milliseconds between two looks at an operation. */
const lookEvery = 500;

const addressOf = (url: string, path: string, call: AnyCall): string => {
  const filled = path.replaceAll(/\{(\w+)\}/gu, (_, name: string) => encodeURIComponent(call.params?.[name] ?? ""));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {}))
    if (value !== undefined && value !== null) query.set(name, String(value));
  const search = query.size === 0 ? "" : `?${query.toString()}`;
  return `${url}/api/v1${filled}${search}`;
};

const why = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code: unknown = cause instanceof Error ? Reflect.get(cause, "code") : undefined;
  return typeof code === "string" ? code : cause instanceof Error ? cause.message : String(cause);
};

/** A client of the API, typed from the route table. It holds no state but the address and the token. */
export const createClient = (options: ClientOptions): Client => {
  const url = options.url.replace(/\/+$/u, "");
  const doFetch = options.fetch ?? fetch;
  const timeout = options.timeout ?? 150_000;

  const send = async (
    id: Id,
    call: AnyCall,
    extra: Readonly<Record<string, string>>,
    limit: number | null,
  ): Promise<Response> => {
    const [method, path] = paths[id];
    const headers: Record<string, string> = { accept: "application/json", ...extra };
    if (options.token !== undefined) headers["authorization"] = `Bearer ${options.token}`;
    if (options.userAgent !== undefined) headers["user-agent"] = options.userAgent;
    if (call.body !== undefined) headers["content-type"] = "application/json";
    if (call.ifMatch !== undefined) headers["if-match"] = `"${call.ifMatch}"`;
    if (call.idempotencyKey !== undefined) headers["idempotency-key"] = call.idempotencyKey;
    const signals = [call.signal, limit === null ? undefined : AbortSignal.timeout(limit)].filter(
      (one) => one !== undefined,
    );
    try {
      return await doFetch(addressOf(url, path, call), {
        method,
        headers,
        redirect: "error",
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        ...(signals.length === 0 ? {} : { signal: AbortSignal.any(signals) }),
      });
    } catch (error) {
      if (call.signal?.aborted === true) throw error;
      const where = url === "" ? "The server" : `Keyroll at ${url}`;
      throw new KeyrollError("provider_unreachable", `${where} cannot be reached (${why(error)}).`, {
        next: "Check that it runs (`keyroll serve`) and that the address is right; it is safe to try again.",
      });
    }
  };

  const open = async (
    id: Id,
    call: AnyCall,
    headers: Readonly<Record<string, string>>,
    limit: number | null,
  ): Promise<Response> => {
    const answer = await send(id, call, headers, limit);
    if (answer.ok) return answer;
    const body: unknown = await answer.json().catch(() => null);
    throw readProblem(answer.status, body, answer.headers.get("retry-after"));
  };

  const call = async (id: Id, given: AnyCall = {}): Promise<unknown> => {
    const answer = await open(id, given, {}, timeout);
    if (answer.status === 204) return {};
    const body: unknown = await answer.json().catch(() => {
      throw readProblem(answer.status, null, null);
    });
    return answer.status === 202 ? await follow(body, given) : body;
  };

  const follow = async (body: unknown, given: AnyCall): Promise<unknown> => {
    const { params = {}, signal, onProgress } = given;
    let operation = readOperation(body);
    while (operation.state === "running") {
      const { id, share, progress } = operation;
      const { written = null, of = null, secondsLeft = null } = progress ?? {};
      onProgress?.({ id, share, written, of, secondsLeft });
      await pause(lookEvery, signal);
      signal?.throwIfAborted();
      const one = { params: { ...params, operation: operation.id }, ...(signal === undefined ? {} : { signal }) };
      operation = readOperation(await call("operations.get", one));
    }
    return resultOf(operation);
  };

  const all = async function* (id: Id, given: AnyCall): AsyncGenerator {
    let cursor: string | null | undefined;
    do {
      const page = await call(id, {
        ...given,
        query: { limit: 200, ...given.query, ...(cursor === undefined ? {} : { cursor }) },
      });
      if (typeof page !== "object" || page === null || !("items" in page) || !Array.isArray(page.items)) return;
      yield* page.items;
      cursor = "next" in page && typeof page.next === "string" ? page.next : null;
    } while (cursor !== null);
  };

  const client = {
    url,
    call,
    all,
    open: async (id: Id, given: AnyCall, headers = {}) => await open(id, given, headers, null),
  };
  // The one place where the table's types meet JSON: the server's own tests hold its answers against the same schemas.
  return client as unknown as Client;
};
