import { KeyrollError } from "@keyroll/contract/errors";
import type { ClusterCredential } from "../../../ports/clusters.ts";
import type { Encryption } from "../../../ports/encryption.ts";
import { describeEksEncryption, type EksEncryption } from "../../cloud/aws/eks.ts";
import { describeAks } from "../../cloud/azure/aks.ts";
import { describeGke } from "../../cloud/gcp/gke.ts";
import type { CloudCluster } from "../cloud-cluster.ts";
import { isThisAks, judgeAks } from "./aks.ts";
import { isThisGke, judgeGke } from "./gke.ts";
import { notKnown } from "./not-known.ts";
import type { Platform } from "./platform.ts";

type Host = Parameters<typeof describeEksEncryption>[1];
type Credential = Pick<ClusterCredential, "server" | "ca" | "tlsServerName" | "identity">;

/** Commands by which the operator sees what the cloud declares. */
const commands: Readonly<Record<Exclude<Platform, "own">, readonly [name: string, command: string]>> = {
  eks: [
    "EKS",
    "aws eks describe-cluster --name CLUSTER --query 'cluster.[version,encryptionConfig]' (from 1.28 on, null means a key that AWS owns); a connection made by the EKS cluster's name asks by itself",
  ],
  gke: [
    "GKE",
    "gcloud container clusters describe CLUSTER --location LOCATION --format 'value(databaseEncryption)' (ENCRYPTED or ALL_OBJECTS_ENCRYPTION_ENABLED); a connection that names its GKE cluster (--cloud-cluster) asks by itself",
  ],
  aks: [
    "AKS",
    "az aks show -g GROUP -n CLUSTER --query securityProfile (azureKeyVaultKms.enabled, or kubernetesResourceObjectEncryptionProfile.infrastructureEncryption); a connection that names its AKS cluster (--cloud-cluster) asks by itself",
  ],
};

/** What EKS's answer means. Since 1.28 it encrypts everything, with a key of AWS's own where none was chosen. */
export const judgeEks = ({ version, keyArn }: EksEncryption): Encryption => {
  const [, major, minor] = /^(\d+)\.(\d+)/u.exec(version) ?? [];
  if (major === undefined || minor === undefined)
    return notKnown(
      `EKS calls its version ${version.slice(0, 20)}, of which Keyroll knows nothing.`,
      `Look yourself: ${commands.eks[1]}.`,
    );
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

const closed = (name: string, why: string, next: string): Encryption =>
  notKnown(`${name} lets nobody look into its etcd, and ${why}`, next);

/** Null: this connection does not say which cluster to ask for. @throws {KeyrollError} what the cloud says instead. */
const declaredOf = async (
  { server, ca, tlsServerName, identity }: Credential,
  cloudCluster: CloudCluster | null,
  host: Host,
): Promise<Encryption | null> => {
  if (identity.kind === "eks") {
    const { name, region, roleArn, externalId } = identity;
    const role = roleArn === null ? null : { arn: roleArn, externalId };
    return judgeEks(await describeEksEncryption({ name, region, role }, host));
  }
  if (cloudCluster === null) return null;
  const { platform, name } = cloudCluster;
  const another = (what: string): Encryption =>
    closed(
      commands[platform][0],
      `\`${name}\` is another cluster than this connection's: ${what}.`,
      "Give the connection the name of its own cluster (`cloudCluster`), with its kubeconfig.",
    );
  if (platform === "gke") {
    const facts = await describeGke(name, host);
    return isThisGke({ server, ca, tlsServerName }, facts)
      ? judgeGke(name, facts)
      : another(ca === null ? "it has another DNS endpoint" : "the connection trusts another certificate authority");
  }
  const facts = await describeAks(name, new URL(server).hostname, host);
  return isThisAks(server, facts) ? judgeAks(name, facts) : another("its API server has another address");
};

/** What the cloud says that runs the control plane; where Keyroll cannot ask it, how the operator can. */
export const declaredBy = async (
  platform: Exclude<Platform, "own">,
  credential: Credential,
  cloudCluster: CloudCluster | null,
  host: Host,
): Promise<Encryption> => {
  const [name, command] = commands[platform];
  try {
    const found = await declaredOf(credential, cloudCluster, host);
    return (
      found ?? closed(name, "this connection does not say which cluster to ask for.", `Look yourself: ${command}.`)
    );
  } catch (error) {
    if (!(error instanceof KeyrollError)) throw error;
    return closed(name, `the cloud did not tell: ${error.message}`, error.next);
  }
};
