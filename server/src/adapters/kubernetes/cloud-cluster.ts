import { KeyrollError } from "@keyroll/contract/errors";
import { aksIdOf } from "../cloud/azure/aks.ts";
import { isGkeName } from "../cloud/gcp/gke.ts";

/** A cluster whose control plane a cloud runs, by the cloud's own name for it. */
export interface CloudCluster {
  readonly platform: "gke" | "aks";
  /** As the cloud's API takes it. */
  readonly name: string;
}

/** What a person gives. @throws {KeyrollError} `invalid` naming the field. */
export const readCloudCluster = (given: string): CloudCluster => {
  if (isGkeName(given)) return { platform: "gke", name: given };
  const id = aksIdOf(given);
  if (id !== null) return { platform: "aks", name: id };
  throw new KeyrollError("invalid", "`cluster.cloudCluster` names neither a GKE nor an AKS cluster.", {
    field: "cluster.cloudCluster",
    next: "Give projects/PROJECT/locations/LOCATION/clusters/NAME, or /subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.ContainerService/managedClusters/NAME.",
    changed: false,
  });
};
