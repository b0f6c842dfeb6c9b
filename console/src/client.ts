import type { ReplyOf, Routes } from "@keyroll/contract";
import { KeyrollError } from "@keyroll/contract/errors";
import { ApiError, createClient, type Client } from "@keyroll/sdk";
import { fetchOrTake } from "./ahead.ts";
import { attended } from "./attended.ts";
import { loginsSoFar, noteReach, whenSignedIn } from "./session.ts";

export type Me = ReplyOf<Routes["access.me"]>;
export type App = ReplyOf<Routes["apps.list"]>["items"][number];
export type Release = ReplyOf<Routes["releases.list"]>["items"][number];
export type Environment = ReplyOf<Routes["environments.get"]>["environment"];
export type FleetStatus = ReplyOf<Routes["status.list"]>["items"][number];
export type Status = ReplyOf<Routes["status.get"]>;
export type Secret = ReplyOf<Routes["secrets.list"]>["secrets"][number];
export type Deployment = ReplyOf<Routes["deployments.list"]>["items"][number];
export type Connection = ReplyOf<Routes["connections.get"]>["connection"];

export const isCode = (error: unknown, code: KeyrollError["code"]): boolean =>
  error instanceof KeyrollError && error.code === code;

/** The server that served this page; the session is the browser's cookie. */
export const plain = createClient({ url: "", fetch: attended(fetchOrTake) });

interface AnyCall {
  readonly signal?: AbortSignal;
  readonly query?: object;
}

/** Here the answer "not signed in" is the answer, and no reason to ask for a login. */
const aboutLogin = new Set(["access.login", "access.logout", "access.setup"]);

type Send<T> = (id: string, call: AnyCall | undefined, headers?: Readonly<Record<string, string>>) => Promise<T>;

/** Notes whether the server answers; a call that finds the login ended waits for the next one and is made again. */
const watched =
  <T>(send: Send<T>): Send<T> =>
  async (id, given, headers) => {
    for (;;) {
      const before = loginsSoFar();
      try {
        const answer = await send(id, given, headers);
        noteReach(true);
        return answer;
      } catch (error) {
        if (given?.signal?.aborted !== true && error instanceof KeyrollError) noteReach(error instanceof ApiError);
        if (!isCode(error, "not_signed_in") || aboutLogin.has(id)) throw error;
        // What was sent before the last login says nothing about that one.
        if (loginsSoFar() === before) await whenSignedIn(given?.signal);
      }
    }
  };

// The one place where the typed client becomes a plain function and, below, a typed one again.
const untyped = plain as unknown as { readonly call: Send<unknown>; readonly open: Send<Response> };
const call = watched(untyped.call);
const open = watched(untyped.open);

const all = async function* (id: string, given: AnyCall): AsyncGenerator {
  let cursor: string | null = null;
  do {
    const query = { limit: 200, ...given.query, ...(cursor === null ? {} : { cursor }) };
    const page = (await call(id, { ...given, query })) as { readonly items: unknown[]; readonly next: string | null };
    yield* page.items;
    cursor = page.next;
  } while (cursor !== null);
};

/** Calls the API. A login that ends in between is asked for in place: nothing that was typed or sent is lost. */
export const client = { url: plain.url, call, all, open } as unknown as Client;

/** Whether waiting can heal it: the server is away, or asks for patience. */
export const isWorthRepeating = (error: unknown): boolean => error instanceof KeyrollError && error.exit === 7;

/** Queries by name; everything of an environment begins with its own three words. */
export const keys = {
  me: ["me"],
  apps: ["apps"],
  fleet: ["fleet"],
  app: (app: string) => ["app", app],
  releases: (app: string) => ["releases", app],
  environments: (app: string) => ["environments", app],
  environment: (app: string, env: string) => ["environment", app, env],
  part: (app: string, env: string, ...part: readonly (string | number)[]) => ["environment", app, env, ...part],
  connections: ["connections"],
  connection: (name: string) => ["connections", name],
  found: (connection: string, namespace: string, release: string) => ["found", connection, namespace, release],
  policies: (connection: string, app: string, env: string) => ["connections", connection, "policies", app, env],
  stores: ["stores"],
  members: ["members"],
  tokens: ["tokens"],
  sessions: ["sessions"],
  audit: (filter: Readonly<Record<string, string>>) => ["audit", filter],
  search: (text: string) => ["search", text],
} as const;

/** All items of a list, at once. */
export const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};
