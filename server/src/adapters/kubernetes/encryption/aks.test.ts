import { expect, test } from "vitest";
import { isThisAks, judgeAks } from "./aks.ts";

const cluster =
  "/subscriptions/0b1c2d3e-1111-2222-3333-444455556666/resourceGroups/shop/providers/Microsoft.ContainerService/managedClusters/shop";
const keyId = "https://shop.vault.azure.net/keys/etcd/1";
const own = { enabled: true, keyId };
const none = { enabled: false, keyId: null };

test.each([
  ["Succeeded", own, false, "declared", "declared by AKS (KMS, your key)", keyId],
  ["Succeeded", own, true, "declared", "declared by AKS (KMS, your key)", keyId],
  ["Succeeded", own, null, "declared", "declared by AKS (KMS, your key)", keyId],
  ["Succeeded", none, true, "declared", "declared by AKS (KMS)", "a key that AKS manages"],
  ["Succeeded", none, false, "not-encrypted", "not encrypted (the disk only)", "no Secret"],
  ["Failed", none, false, "not-encrypted", "not encrypted (the disk only)", "no Secret"],
  ["Succeeded", none, null, "unknown", "not known", "does not tell"],
  ["Updating", own, false, "unknown", "not known", "at work on the cluster (Updating)"],
  ["Failed", none, true, "unknown", "not known", "did not succeed (Failed)"],
  [null, own, false, "unknown", "not known", "did not succeed (no state)"],
] as const)(
  "AKS %s with %j and %s: %s",
  (provisioningState, keyVaultKms, infrastructureEncryption, state, label, why) => {
    const found = judgeAks(cluster, { provisioningState, keyVaultKms, infrastructureEncryption });
    expect(found).toMatchObject({ state, label, message: expect.stringContaining(why) });
    expect(found.next === null).toBe(state === "declared");
  },
);

test.each([
  ["https://shop-1a2b.hcp.westeurope.azmk8s.io:443", true],
  ["https://SHOP-1a2b.hcp.westeurope.azmk8s.io", true],
  ["https://shop-3c4d.privatelink.westeurope.azmk8s.io", true],
  ["https://shop-1a2b.hcp.westeurope.azmk8s.io.example.com", false],
  ["https://10.0.0.4", false],
])("%s is the same cluster: %s", (server, isSame) => {
  const hosts = ["shop-1a2b.hcp.westeurope.azmk8s.io", "shop-3c4d.privatelink.westeurope.azmk8s.io"];
  expect(isThisAks(server, { hosts })).toBe(isSame);
  expect(isThisAks(server, { hosts: [] })).toBe(false);
});
