import { useQuery } from "@tanstack/react-query";
import { client, keys } from "../../client.ts";

/** Kinds of secret stores with their settings. They change only with the server. */
export const useStores = () =>
  useQuery({
    queryKey: keys.stores,
    queryFn: async () => (await client.call("stores.list")).items,
    staleTime: Number.POSITIVE_INFINITY,
  });
