import type { z, ZodType } from "zod";
import type { ErrorCode } from "./errors.ts";

/** Everything a route can ask of its caller. `none`: no identity needed; `own`: any signed-in identity, for its own things. */
export type Permission =
  | "none"
  | "own"
  | "app:read"
  | "app:write"
  | "release:read"
  | "release:write"
  | "connection:read"
  | "connection:write"
  | "environment:read"
  | "environment:write"
  | "secret:list"
  | "secret:write"
  | "secret:reveal"
  | "secret:export"
  | "deployment:read"
  | "deployment:write"
  | "access:read"
  | "access:write"
  | "audit:read";

/** One route of the API, as data. */
export interface RouteSpec {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/api/v1`, with `{name}` parameters. */
  readonly path: string;
  /** The frame its verb is made with (server, `features/verb.ts`). */
  readonly kind: "query" | "mutation" | "operation";
  readonly permission: Permission;
  readonly summary: string;
  readonly query?: ZodType;
  readonly input?: ZodType;
  readonly output: ZodType;
  /** Status of success; 200 when absent. */
  readonly status?: 200 | 201 | 204;
  /** Codes beyond those that every route of its kind can answer with. */
  readonly errors?: readonly ErrorCode[];
  /** The answer may hold secret values: `no-store`, and the only routes whose verbs may return them. */
  readonly reveals?: true;
  /** The answer holds a credential: `no-store`, and never kept for an Idempotency-Key. */
  readonly credential?: true;
  /** `If-Match` with the base revision is required (428 without). */
  readonly ifMatch?: true;
  /** Name of the number in the answer that becomes the `ETag`. */
  readonly etag?: string;
  /** Largest body in bytes; 256 KiB when absent, 16 KiB without an identity. */
  readonly bodyLimit?: number;
  /** May last for seconds: after the first one the answer is 202 with an operation to follow. Its output holds no value. */
  readonly progress?: true;
  /** The answer is a stream of server-sent events. */
  readonly stream?: true;
}

/** Keeps the literal types of one route. */
export const route = <const R extends RouteSpec>(spec: R): R => spec;

/** `/apps/{app}/releases/{release}` -> `{ app: string; release: string }`. */
export type ParamsOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [K in Name]: string } & ParamsOf<Rest>
  : unknown;

/** The parsed body of a route; `undefined` for one without. */
export type InputOf<R> = R extends { readonly input: infer I extends ZodType } ? z.output<I> : undefined;
/** What a client sends as body. */
export type BodyOf<R> = R extends { readonly input: infer I extends ZodType } ? z.input<I> : undefined;
/** The parsed query string. */
export type QueryOf<R> = R extends { readonly query: infer Q extends ZodType } ? z.output<Q> : undefined;
/** What a client gives as query string. */
export type SearchOf<R> = R extends { readonly query: infer Q extends ZodType } ? z.input<Q> : undefined;
/** What the verb answers. */
export type OutputOf<R> = R extends { readonly output: infer O extends ZodType } ? z.input<O> : never;
/** What a client receives. */
export type ReplyOf<R> = R extends { readonly output: infer O extends ZodType } ? z.output<O> : never;

/** Of an `Idempotency-Key`: printable ASCII. */
export const idempotencyKey = /^[\x21-\x7e]{8,200}$/u;

/** Whether an `Idempotency-Key` is heeded: what writes, for somebody who is known, and answers with nothing secret. */
export const takesIdempotencyKey = ({ kind, permission, reveals, credential }: RouteSpec): boolean =>
  kind !== "query" && permission !== "none" && reveals !== true && credential !== true;
