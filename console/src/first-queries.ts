import type { QueryClient } from "@tanstack/react-query";
import { environmentAt } from "./ahead.ts";
import { keys, plain } from "./client.ts";

/** Fills in what the first page shows; resolves when all of it is there, refused or failed. */
export const firstQueries = async (queries: QueryClient, pathname: string): Promise<void> => {
  const fill = async (queryKey: readonly unknown[], queryFn: () => Promise<unknown>): Promise<void> =>
    await queries.prefetchQuery({ queryKey, queryFn, retry: false });
  const me = fill(keys.me, async () => await plain.call("access.me"));
  const [, app = "", env = ""] = (environmentAt.exec(pathname) ?? []).map((part) => decodeURIComponent(part));
  if (app === "" || env === "") {
    await me;
    return;
  }
  const params = { app, env };
  await Promise.all([
    me,
    fill(keys.part(app, env, "settings"), async () => (await plain.call("environments.get", { params })).environment),
    fill(keys.part(app, env, "secrets"), async () => await plain.call("secrets.list", { params })),
    fill(keys.part(app, env, "status"), async () => await plain.call("status.get", { params })),
  ]);
};
