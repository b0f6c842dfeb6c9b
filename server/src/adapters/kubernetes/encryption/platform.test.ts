import { expect, test } from "vitest";
import { platformOf } from "./platform.ts";

test.each([
  ["v1.34.1-eks-113cf36", "ABC.gr7.eu-west-1.eks.amazonaws.com", "aws:///eu-west-1a/i-1", "eks"],
  ["v1.34.0-eks", "127.0.0.1", null, "eks"],
  ["v1.33.5-gke.1080000", "34.1.2.3", "gce://shop/europe-west1-b/gke-shop-1", "gke"],
  ["v1.33.2", "shop-dns-1a2b.hcp.westeurope.azmk8s.io", null, "aks"],
  ["v1.33.2", "shop-dns-1a2b.hcp.usgovvirginia.azmk8s.us", null, "aks"],
  [
    "v1.33.2",
    "10.0.0.4",
    "azure:///subscriptions/1/resourceGroups/MC_shop_shop_westeurope/providers/Microsoft.Compute/virtualMachineScaleSets/a/virtualMachines/0",
    "aks",
  ],
  // Machines in a cloud are no control plane of the cloud.
  ["v1.34.4", "10.0.0.4", "aws:///eu-west-1a/i-1", "own"],
  ["v1.34.4", "10.0.0.4", "gce://shop/europe-west1-b/node-1", "own"],
  ["v1.34.4", "10.0.0.4", "azure:///subscriptions/1/resourceGroups/shop/providers/Microsoft.Compute", "own"],
  ["v1.34.4", "azmk8s.io.example.com", null, "own"],
  ["v1.31.4+k3s1", "10.0.0.4", null, "own"],
  ["", "10.0.0.4", null, "own"],
] as const)("%s at %s on %s: %s", (gitVersion, hostname, providerId, platform) => {
  expect(platformOf({ gitVersion, hostname, providerId })).toBe(platform);
});
