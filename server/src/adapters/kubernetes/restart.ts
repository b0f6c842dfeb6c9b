import type { KubeClient } from "./client.ts";
import { pathOf } from "./kinds/kinds.ts";
import type { Workload } from "./workloads.ts";

export interface Marking {
  readonly namespace: string;
  readonly marks: readonly { readonly kind: string; readonly name: string; readonly mark: string }[];
  /** Epoch milliseconds by the cluster's clock: pods made before it have to go, where the kind asks for a time. */
  readonly after: number;
}

/** Makes workloads restart, by our annotation or as their kind does it; the same mark twice is one restart. */
export const markTemplates = async (
  client: KubeClient,
  workloads: readonly Workload[],
  { namespace, marks, after }: Marking,
): Promise<number> => {
  let changed = 0;
  for (const { kind, name, mark } of marks) {
    for (const workload of workloads.filter((one) => one.kind === kind && one.name === name)) {
      const patch = workload.source.restart(mark, after);
      if (patch === null || workload.held !== null || workload.restartMark === mark) continue;
      // Merged, which every kind understands: a strategic patch is only for those that Kubernetes itself brings.
      await client.patch(`${pathOf(workload.source, namespace)}/${name}`, patch, "merge", {
        query: { fieldManager: "keyroll" },
      });
      changed++;
    }
  }
  return changed;
};
