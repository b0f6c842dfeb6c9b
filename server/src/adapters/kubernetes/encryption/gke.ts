import type { ClusterCredential } from "../../../ports/clusters.ts";
import type { Encryption } from "../../../ports/encryption.ts";
import type { GkeFacts } from "../../cloud/gcp/gke.ts";
import { notKnown } from "./not-known.ts";

/** Certificates of a PEM text, in base64; null: there is something else in it that could be one. */
const certificatesIn = (pem: string): ReadonlySet<string> | null => {
  const found = [...pem.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/gu)];
  const isAll = found.length > 0 && found.length === pem.split("-----BEGIN ").length - 1;
  return isAll ? new Set(found.map(([, body = ""]) => body.replaceAll(/\s+/gu, ""))) : null;
};

/**
 * Whether Google speaks of the connection's own cluster. Each GKE cluster has an authority of its own: a connection
 * that trusts no other reaches no other. One that trusts the public authorities must go to the cluster's DNS name.
 */
export const isThisGke = (
  { server, ca, tlsServerName }: Pick<ClusterCredential, "server" | "ca" | "tlsServerName">,
  facts: Pick<GkeFacts, "ca" | "dnsName">,
): boolean => {
  if (ca === null) return (tlsServerName ?? new URL(server).hostname).toLowerCase() === facts.dnsName?.toLowerCase();
  const [own, theirs] = [certificatesIn(ca), certificatesIn(facts.ca ?? "")];
  return own !== null && theirs !== null && own.isSubsetOf(theirs);
};

const again = "Check again when GKE is done with it.";

/** What `databaseEncryption` means: what is, where Google says it, and else what is wanted. */
export const judgeGke = (
  cluster: string,
  { state, currentState, keyName }: Omit<GkeFacts, "ca" | "dnsName">,
): Encryption => {
  const [, project, location, name] = /^projects\/([^/]+)\/locations\/([^/]+)\/clusters\/([^/]+)$/u.exec(cluster) ?? [];
  const command = (verb: string): string =>
    `gcloud container clusters ${verb} ${name} --project ${project} --location ${location}`;
  const current = currentState?.replace(/^CURRENT_STATE_/u, "") ?? "UNSPECIFIED";
  const is = current === "UNSPECIFIED" ? (state ?? "UNKNOWN") : current;
  switch (is) {
    case "ENCRYPTED":
    case "ALL_OBJECTS_ENCRYPTION_ENABLED":
      return {
        state: "declared",
        label: `declared by GKE (${keyName === null ? "KMS" : "KMS, your key"})`,
        message: `GKE says that it encrypts ${is === "ENCRYPTED" ? "Secrets" : "all that its API keeps"} with ${keyName === null ? "a KMS key" : `the KMS key ${keyName}`}; nobody but Google can look into etcd.`,
        next: null,
      };
    case "DECRYPTED":
      return {
        state: "not-encrypted",
        label: "not encrypted (the disk only)",
        message: "GKE without application-layer encryption encrypts the storage below etcd, and no Secret.",
        next: `Give it a Cloud KMS key: ${command("update")} --database-encryption-key projects/…/cryptoKeys/… Then deploy a new revision: app-secrets is written anew.`,
      };
    case "ENCRYPTION_PENDING":
    case "ALL_OBJECTS_ENCRYPTION_PENDING":
      return notKnown("GKE is encrypting what etcd holds, or changes its key, just now.", again);
    case "DECRYPTION_PENDING":
      return notKnown("GKE is taking the encryption of Secrets away just now.", again);
    case "ENCRYPTION_ERROR":
    case "ALL_OBJECTS_ENCRYPTION_ERROR":
    case "DECRYPTION_ERROR":
      return notKnown(
        `GKE failed to change the encryption of what etcd holds (${is}).`,
        `Look why, which is mostly the Cloud KMS key or the right to use it: ${command("describe")} --format 'yaml(databaseEncryption)'`,
      );
    default:
      return notKnown(
        "GKE says nothing of databaseEncryption that Keyroll knows.",
        `Look yourself: ${command("describe")} --format 'yaml(databaseEncryption)'`,
      );
  }
};
