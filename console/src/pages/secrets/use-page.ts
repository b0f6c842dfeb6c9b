import { useQuery } from "@tanstack/react-query";
import { client, keys, type Environment } from "../../client.ts";

/** What the rendered chart reads. It renders in memory on the server, so it is asked for seldom, and only with a chart. */
export const usePreflight = (app: string, env: string, environment: Environment | undefined, revision: number) =>
  useQuery({
    queryKey: ["preflight", app, env, revision],
    queryFn: async ({ signal }) => await client.call("preflight.run", { params: { app, env }, body: {}, signal }),
    enabled: environment?.type === "helm",
    staleTime: 5 * 60_000,
    retry: false,
    placeholderData: (before) => before,
  });

/** What was saved, newest first. */
export const useRevisions = (app: string, env: string) =>
  useQuery({
    queryKey: keys.part(app, env, "revisions"),
    queryFn: async () => await client.call("revisions.list", { params: { app, env }, query: { limit: 100 } }),
  });
