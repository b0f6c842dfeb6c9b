import { KeyrollError } from "@keyroll/contract/errors";
import type { ClusterCredential } from "../../../ports/clusters.ts";
import type { Egress } from "../../../ports/egress.ts";
import type { Encryption, EncryptionReport } from "../../../ports/encryption.ts";
import { readCloudCluster } from "../cloud-cluster.ts";
import type { CanaryHost } from "./canary.ts";
import { declaredBy } from "./declared.ts";
import { openEtcd, type EtcdAccess } from "./etcd.ts";
import { platformFacts, platformOf } from "./platform.ts";
import { verifyInEtcd, type Looked } from "./verify.ts";

interface EncryptionHost extends CanaryHost {
  readonly egress: Egress;
  readonly variables: ReadonlyMap<string, string>;
  readonly etcd: EtcdAccess | null;
}

const notGranted: Encryption = {
  state: "unknown",
  label: "not known",
  message: "Only etcd shows how this cluster keeps Secrets, and Keyroll may not look there.",
  next: "Start the server with KEYROLL_ETCD_ENDPOINTS, KEYROLL_ETCD_CA_FILE, KEYROLL_ETCD_CERT_FILE and KEYROLL_ETCD_KEY_FILE, and check again.",
};

const inEtcd = async (host: EncryptionHost, access: EtcdAccess, looked: Looked): Promise<EncryptionReport> => {
  try {
    const etcd = await openEtcd(access);
    try {
      return await verifyInEtcd(host, etcd, looked);
    } finally {
      await etcd.close();
    }
  } catch (error) {
    if (!(error instanceof KeyrollError)) throw error;
    return { state: "unknown", label: "not known", message: error.message, next: error.next, differing: [] };
  }
};

/** The first that is there: what etcd shows, what the cloud declares, and otherwise why neither is known. */
export const lookAtEncryption = async (
  host: EncryptionHost,
  credential: ClusterCredential,
  looked: Looked & { readonly cloudCluster: string | null },
): Promise<EncryptionReport> => {
  // EKS keeps its etcd to itself. Its distribution for machines of one's own has the same version, so that is no sign.
  const isClosed = credential.identity.kind === "eks";
  const seen = host.etcd === null || isClosed ? null : await inEtcd(host, host.etcd, looked);
  if (seen !== null && seen.state !== "unknown") return seen;
  const named = looked.cloudCluster === null ? null : readCloudCluster(looked.cloudCluster);
  const platform = isClosed
    ? "eks"
    : (named?.platform ?? platformOf(await platformFacts(host.client, credential.server)));
  if (platform !== "own") return { ...(await declaredBy(platform, credential, named, host)), differing: [] };
  return seen ?? { ...notGranted, differing: [] };
};
