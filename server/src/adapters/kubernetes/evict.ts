import { KeyrollError } from "@keyroll/contract/errors";
import type { KubeClient } from "./client.ts";

/**
 * Asks for these pods to be replaced, through the Eviction API, so that disruption budgets hold: a pod that may not
 * go now stays. Answers the names of those that go.
 */
export const evict = async (
  client: KubeClient,
  namespace: string,
  pods: readonly string[],
  signal: AbortSignal,
): Promise<string[]> => {
  const gone: string[] = [];
  for (const name of pods) {
    try {
      await client.create(
        `/api/v1/namespaces/${namespace}/pods/${name}/eviction`,
        { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } },
        { signal, once: true },
      );
      gone.push(name);
    } catch (error) {
      const budget = error instanceof KeyrollError && error.code === "provider_throttled";
      const away = error instanceof KeyrollError && error.code === "not_found";
      if (!budget && !away) throw error;
    }
  }
  return gone;
};
