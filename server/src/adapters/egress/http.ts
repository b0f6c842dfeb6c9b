import type { Agent, Dispatcher, request } from "undici";

/** Connections to one place, and the function that sends over them. */
export interface Http {
  readonly request: typeof request;
  readonly dispatcher: Dispatcher;
}

/**
 * New connections, of HTTP/1.1 alone: over HTTP/2 undici takes an answer that was cut off for a whole one, and a server that
 * goes away in the middle can be an error event that nobody catches. Loaded by the first caller: undici is 13 MB that a
 * server without any does without.
 */
export const openHttp = async (options: Agent.Options): Promise<Http> => {
  // It is CommonJS: in a bundle it has no names of its own.
  const { default: undici } = await import("undici");
  return { request: undici.request, dispatcher: new undici.Agent({ ...options, allowH2: false }) };
};

/** Connections that are kept, made by the first request. */
export const lazyHttp = (connect: NonNullable<Agent.Options["connect"]>): (() => Promise<Http>) => {
  let opened: Promise<Http> | null = null;
  return async () => await (opened ??= openHttp({ connections: 16, keepAliveTimeout: 30_000, connect }));
};
