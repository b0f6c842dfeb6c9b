import type { Agent, Dispatcher, request } from "undici";

/** Connections to one place, and the function that sends over them. */
export interface Http {
  readonly request: typeof request;
  readonly dispatcher: Dispatcher;
}

/** Connections that are kept, made by the first request: undici is 13 MB that a server without any does without. */
export const lazyHttp = (connect: NonNullable<Agent.Options["connect"]>): (() => Promise<Http>) => {
  let opened: Promise<Http> | null = null;
  const open = async (): Promise<Http> => {
    const undici = await import("undici");
    const dispatcher = new undici.Agent({ connections: 16, keepAliveTimeout: 30_000, connect });
    return { request: undici.request, dispatcher };
  };
  return async () => await (opened ??= open());
};
