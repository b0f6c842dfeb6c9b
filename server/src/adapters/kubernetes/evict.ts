import { KeyrollError } from "@keyroll/contract/errors";
import type { Evictions, Refusal } from "../../ports/target.ts";
import type { KubeClient } from "./client.ts";

/**
 * Asks for these pods to be replaced, through the Eviction API, so that disruption budgets hold: a pod that may not
 * go stays, and the next one is asked for all the same.
 */
export const evict = async (
  client: KubeClient,
  namespace: string,
  pods: readonly string[],
  signal: AbortSignal,
): Promise<Evictions> => {
  const gone: string[] = [];
  const refused: Refusal[] = [];
  for (const name of pods) {
    try {
      await client.create(
        `/api/v1/namespaces/${namespace}/pods/${name}/eviction`,
        { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } },
        { signal, once: true },
      );
      gone.push(name);
    } catch (error) {
      if (error instanceof KeyrollError && error.code === "not_found") continue;
      refused.push({ pod: name, ...whyNot(error, namespace) });
    }
  }
  return { gone, refused };
};

/** @throws what says nothing about this pod: a cluster that does not answer, and what nobody foresaw. */
const whyNot = (error: unknown, namespace: string): Omit<Refusal, "pod"> => {
  if (!(error instanceof KeyrollError)) throw error;
  // The API server answers this with status 500.
  if (error.message.includes("more than one PodDisruptionBudget"))
    return {
      why: "more than one PodDisruptionBudget covers it, and the cluster evicts no such pod",
      next: "Leave it one budget",
      passes: false,
    };
  if (error.code === "provider_throttled")
    return /disruption budget/u.test(error.message)
      ? {
          why: "its PodDisruptionBudget had no room for that",
          next: "Give the budget room (minAvailable, maxUnavailable)",
          passes: true,
        }
      : { why: "the cluster was too busy", next: null, passes: true };
  if (error.code !== "provider_denied") throw error;
  return error.message.includes('cannot create resource "pods/eviction"')
    ? {
        why: `Keyroll's identity lacks \`create\` on \`pods/eviction\` in ${namespace}`,
        next: 'Give it that right (README, "Rights in the cluster")',
        passes: false,
      }
    : { why: error.message.replace(/\.$/u, ""), next: null, passes: false };
};
