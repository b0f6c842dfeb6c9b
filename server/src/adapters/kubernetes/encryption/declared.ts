import { KeyrollError } from "@keyroll/contract/errors";
import type { ClusterCredential } from "../../../ports/clusters.ts";
import type { Encryption } from "../../../ports/encryption.ts";
import { describeEksEncryption, type EksEncryption } from "../../cloud/aws/eks.ts";
import type { Platform } from "./platform.ts";

type Host = Parameters<typeof describeEksEncryption>[1];

/** What EKS's answer means. Since 1.28 it encrypts everything, with a key of AWS's own where none was chosen. */
export const judgeEks = ({ version, keyArn }: EksEncryption): Encryption => {
  const [, major, minor] = /^(\d+)\.(\d+)/u.exec(version) ?? [];
  if (major === undefined || minor === undefined)
    return {
      state: "unknown",
      label: "not known",
      message: `EKS calls its version ${version.slice(0, 20)}, of which Keyroll knows nothing.`,
      next: null,
    };
  if (keyArn !== null)
    return {
      state: "declared",
      label: "declared by EKS (KMS, your key)",
      message: `EKS says that it encrypts Secrets with the KMS key ${keyArn}; nobody but AWS can look into etcd.`,
      next: null,
    };
  if (Number(major) * 1000 + Number(minor) >= 1028)
    return {
      state: "declared",
      label: "declared by EKS (KMS)",
      message: `EKS ${version} encrypts all that its API keeps with KMS, here with a key that AWS owns; nobody but AWS can look into etcd.`,
      next: null,
    };
  return {
    state: "not-encrypted",
    label: "not encrypted (the disk only)",
    message: `EKS ${version} without encryptionConfig encrypts the disks below etcd, and no Secret.`,
    next: "Update the cluster to 1.28 or newer, or associate a KMS key: aws eks associate-encryption-config. Then deploy a new revision: app-secrets is written anew.",
  };
};

/** Commands by which the operator sees what the cloud declares. */
const commands: Readonly<Record<Exclude<Platform, "own">, readonly [name: string, command: string]>> = {
  eks: [
    "EKS",
    "aws eks describe-cluster --name CLUSTER --query 'cluster.[version,encryptionConfig]' (from 1.28 on, null means a key that AWS owns); a connection made by the EKS cluster's name asks by itself",
  ],
  gke: [
    "GKE",
    "gcloud container clusters describe CLUSTER --location LOCATION --format 'value(databaseEncryption)' (ENCRYPTED or ALL_OBJECTS_ENCRYPTION_ENABLED)",
  ],
  aks: [
    "AKS",
    "az aks show -g GROUP -n CLUSTER --query securityProfile (azureKeyVaultKms.enabled, or kubernetesResourceObjectEncryptionProfile.infrastructureEncryption)",
  ],
};

/** What the cloud says that runs the control plane; where Keyroll cannot ask it, how the operator can. */
export const declaredBy = async (
  platform: Exclude<Platform, "own">,
  { identity }: Pick<ClusterCredential, "identity">,
  host: Host,
): Promise<Encryption> => {
  const [name, command] = commands[platform];
  const unknown = (why: string, next: string): Encryption => ({
    state: "unknown",
    label: "not known",
    message: `${name} lets nobody look into its etcd, and ${why}`,
    next,
  });
  if (platform !== "eks" || identity.kind !== "eks")
    return unknown("this connection does not say which cluster to ask for.", `Look yourself: ${command}.`);
  const { name: cluster, region, roleArn, externalId } = identity;
  try {
    const role = roleArn === null ? null : { arn: roleArn, externalId };
    return judgeEks(await describeEksEncryption({ name: cluster, region, role }, host));
  } catch (error) {
    if (!(error instanceof KeyrollError)) throw error;
    return unknown(`AWS did not answer: ${error.message}`, error.next);
  }
};
