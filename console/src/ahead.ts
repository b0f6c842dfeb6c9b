import type { QueryClient } from "@tanstack/react-query";
import { keys, plain } from "./client.ts";

const environmentAt = /^\/apps\/([^/]+)\/([^/]+)(?:\/|$)/u;

/**
 * Asks at once for what the first page shows, beside the question who is signed in: answers that wait for each other
 * take as long as all of them together. Whoever is not signed in gets refusals, which nobody sees; the pages ask again.
 */
export const askAhead = (queries: QueryClient, pathname: string): void => {
  const ask = (queryKey: readonly unknown[], queryFn: () => Promise<unknown>): void =>
    void queries.prefetchQuery({ queryKey, queryFn, retry: false });
  ask(keys.me, async () => await plain.call("access.me"));
  const [, app = "", env = ""] = (environmentAt.exec(pathname) ?? []).map((part) => decodeURIComponent(part));
  if (app === "" || env === "") return;
  const params = { app, env };
  ask(keys.part(app, env, "settings"), async () => (await plain.call("environments.get", { params })).environment);
  ask(keys.part(app, env, "secrets"), async () => await plain.call("secrets.list", { params }));
  ask(keys.part(app, env, "status"), async () => await plain.call("status.get", { params }));
};
