import { useQuery } from "@tanstack/react-query";
import { client, collect, keys } from "./client.ts";

/** Who is signed in, whether Keyroll is set up and whether it can read values. */
export const useMe = () =>
  useQuery({ queryKey: keys.me, queryFn: async () => await client.call("access.me"), staleTime: 30_000 });

export const useEnvironment = (app: string, env: string) =>
  useQuery({
    queryKey: keys.part(app, env, "settings"),
    queryFn: async () => (await client.call("environments.get", { params: { app, env } })).environment,
  });

/**
 * Saved / in cluster / running. Read anew every 15 s (`every`, milliseconds) beside the stream of events, which does not
 * know of pods; each reading asks the cluster.
 */
export const useStatus = (app: string, env: string, every = 15_000) =>
  useQuery({
    queryKey: keys.part(app, env, "status"),
    queryFn: async () => await client.call("status.get", { params: { app, env } }),
    refetchInterval: every,
  });

/** Milliseconds between two readings of a page of environments, while the console is in sight. */
export const fleetEvery = 15_000;

/** Every environment as it was last seen. A page has 200; whoever has many reads them less often. */
export const useFleet = () =>
  useQuery({
    queryKey: keys.fleet,
    queryFn: async () => await collect(client.all("status.list", {})),
    refetchInterval: ({ state }) => fleetEvery * Math.max(1, Math.ceil((state.data?.length ?? 0) / 200)),
  });

/** Keys, sizes and where each value is; no values. */
export const useSecrets = (app: string, env: string) =>
  useQuery({
    queryKey: keys.part(app, env, "secrets"),
    queryFn: async () => await client.call("secrets.list", { params: { app, env } }),
  });

/** `every`: milliseconds after which they are read anew while they are shown; else that is for whoever changes them. */
export const useApps = (every: number | false = false) =>
  useQuery({
    queryKey: keys.apps,
    queryFn: async () => await collect(client.all("apps.list", {})),
    refetchInterval: every,
  });

export const useEnvironments = (app: string) =>
  useQuery({
    queryKey: keys.environments(app),
    queryFn: async () => await collect(client.all("environments.list", { params: { app } })),
    enabled: app !== "",
  });

export const useConnections = () =>
  useQuery({
    queryKey: keys.connections,
    queryFn: async () => await collect(client.all("connections.list", {})),
  });

export const useReleases = (app: string, isWanted = true) =>
  useQuery({
    queryKey: keys.releases(app),
    queryFn: async () => await collect(client.all("releases.list", { params: { app } })),
    enabled: isWanted,
  });
