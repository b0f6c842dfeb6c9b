import type { Encryption } from "../../../ports/encryption.ts";
import type { AksFacts } from "../../cloud/azure/aks.ts";
import { notKnown } from "./not-known.ts";

/** Whether Azure speaks of the connection's own cluster: the address of its API server is one that Azure gave it. */
export const isThisAks = (server: string, { hosts }: Pick<AksFacts, "hosts">): boolean =>
  hosts.includes(new URL(server).hostname);

const atWork = /^(Creating|Updating|Upgrading|Migrating|Starting|RotatingClusterCertificates)$/u;

/** What the security profile means. Azure encrypts its disks whatever it says. */
export const judgeAks = (
  cluster: string,
  { provisioningState, keyVaultKms, infrastructureEncryption }: Omit<AksFacts, "hosts">,
): Encryption => {
  const show = `az aks show --ids ${cluster} --query`;
  const isOn = keyVaultKms.enabled || infrastructureEncryption === true;
  if (isOn && provisioningState !== "Succeeded") {
    const state = provisioningState?.slice(0, 40) ?? "no state";
    return atWork.test(state)
      ? notKnown(
          `AKS shall encrypt Secrets with KMS, and is at work on the cluster (${state}).`,
          "Check again when AKS is done with it.",
        )
      : notKnown(
          `AKS shall encrypt Secrets with KMS, but the last change of the cluster did not succeed (${state}).`,
          `Bring the cluster in order, and check again: ${show} '[provisioningState,securityProfile]'`,
        );
  }
  if (keyVaultKms.enabled)
    return {
      state: "declared",
      label: "declared by AKS (KMS, your key)",
      message: `AKS says that it encrypts Secrets with the key ${keyVaultKms.keyId ?? "of a Key Vault"}; nobody but Azure can look into etcd.`,
      next: null,
    };
  if (infrastructureEncryption === true)
    return {
      state: "declared",
      label: "declared by AKS (KMS)",
      message:
        "AKS says that it encrypts Secrets with KMS, with a key that AKS manages; nobody but Azure can look into etcd.",
      next: null,
    };
  if (infrastructureEncryption === null)
    return notKnown(
      "AKS says that no key of your own encrypts Secrets; whether one of its own does, this version of its API does not tell.",
      `Look yourself: ${show} securityProfile.kubernetesResourceObjectEncryptionProfile`,
    );
  return {
    state: "not-encrypted",
    label: "not encrypted (the disk only)",
    message: "AKS without KMS encrypts the disks below etcd, and no Secret.",
    next: `Switch KMS on: az aks update --ids ${cluster} --kms-infrastructure-encryption Enabled (from Kubernetes 1.33 on), or --enable-azure-keyvault-kms with a key of your own. Then deploy a new revision: app-secrets is written anew.`,
  };
};
