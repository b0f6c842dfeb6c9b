import { expect, test } from "vitest";
import { readCloudCluster } from "./cloud-cluster.ts";

const subscription = "0b1c2d3e-1111-2222-3333-444455556666";
const id = `/subscriptions/${subscription}/resourceGroups/Shop.(prod)/providers/Microsoft.ContainerService/managedClusters/shop_1`;

test.each([
  "projects/shop-prod-1/locations/europe-west1/clusters/shop",
  "projects/123456789012/locations/us-central1-a/clusters/s",
  `projects/shop-prod-1/locations/northamerica-northeast2/clusters/${"a".repeat(40)}`,
])("%s is a GKE cluster", (name) => {
  expect(readCloudCluster(name)).toEqual({ platform: "gke", name });
});

test("the id of an AKS cluster is taken in any case, and asked for in Azure's usual one", () => {
  const asked = { platform: "aks", name: id };
  expect(readCloudCluster(id)).toEqual(asked);
  const shouted = id
    .replace("resourceGroups", "resourcegroups")
    .replace("Microsoft.ContainerService", "microsoft.containerservice")
    .replace("managedClusters", "managedclusters");
  expect(readCloudCluster(shouted)).toEqual(asked);
});

test.each([
  "",
  "shop",
  " projects/shop-prod-1/locations/europe-west1/clusters/shop",
  "projects/shop-prod-1/locations/europe-west1/clusters/shop\n",
  "/projects/shop-prod-1/locations/europe-west1/clusters/shop",
  "projects/shop-prod-1/locations/europe-west1/clusters/Shop",
  "projects/shop-prod-1/locations/europe-west1/clusters/..",
  "projects/shop-prod-1/locations/europe-west1/clusters/shop?alt=media",
  "projects/shop-prod-1/locations/europe-west1/clusters/shop/nodePools/a",
  "projects/-/locations/-/clusters/shop",
  `projects/shop-prod-1/locations/europe-west1/clusters/${"a".repeat(41)}`,
  id.replace(subscription, "shop"),
  id.replace("Shop.(prod)", ".."),
  id.replace("Shop.(prod)", "a/b"),
  `${id}/agentPools/a`,
  `${id}?api-version=2020-01-01`,
  `https://management.azure.com${id}`,
  id.replace("Microsoft.ContainerService", "Microsoft.Compute"),
])("%j is neither", (given) => {
  expect(() => readCloudCluster(given)).toThrow(
    expect.objectContaining({ code: "invalid", facts: expect.objectContaining({ field: "cluster.cloudCluster" }) }),
  );
});
